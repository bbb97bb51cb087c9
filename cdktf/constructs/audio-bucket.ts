/** Recordings, transcripts and answers; what a page may do there; what goes after seven days. */
import { S3BucketCorsConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-cors-configuration/index.js';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js';
import { S3BucketNotification } from '@cdktf/provider-aws/lib/s3-bucket-notification/index.js';
import type { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import { Construct } from 'constructs';
import { SESSION_TTL_SECONDS } from '../../protocol/items.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { PrivateBucket } from './private-bucket.ts';

const EXPIRY_DAYS = SESSION_TTL_SECONDS / (24 * 60 * 60);

export interface AudioBucketProps {
  name: string;
  account: string;
}

export class AudioBucket extends Construct {
  readonly bucket: S3Bucket;
  /** As browsers reach it. */
  readonly origin: string;
  readonly #account: string;

  constructor(scope: Construct, id: string, { name, account }: AudioBucketProps) {
    super(scope, id);
    this.#account = account;
    const store = new PrivateBucket(this, 'store', { name });
    store.setPolicy();
    this.bucket = store.bucket;
    this.origin = `https://${this.bucket.bucketRegionalDomainName}`;
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket: this.bucket.id,
      rule: [
        ...['queries', 'responses'].map((folder) => ({
          id: `expire-${folder}`,
          status: 'Enabled',
          filter: [{ prefix: `${folder}/` }],
          expiration: [{ days: EXPIRY_DAYS }],
        })),
        {
          id: 'abort-incomplete-uploads',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: EXPIRY_DAYS }],
        },
      ],
    });
  }

  /** @param origins of the pages that put questions here, send lectures and play answers */
  allowPages(origins: string[]): void {
    new S3BucketCorsConfiguration(this, 'cors', {
      bucket: this.bucket.id,
      corsRule: [
        {
          allowedOrigins: origins,
          allowedMethods: ['GET', 'HEAD', 'PUT', 'POST'],
          allowedHeaders: ['*'],
          exposeHeaders: ['ETag', 'Content-Range', 'Content-Length', 'x-amz-request-id'],
          maxAgeSeconds: 3_000,
        },
      ],
    });
  }

  /** Has every object that arrives under `lectures/` looked at. */
  notify(validator: LambdaFunction): void {
    const permission = validator.allowInvocation('from-audio-bucket', {
      principal: 's3.amazonaws.com',
      sourceArn: this.bucket.arn,
      sourceAccount: this.#account,
    });
    new S3BucketNotification(this, 'notification', {
      bucket: this.bucket.id,
      lambdaFunction: [{ lambdaFunctionArn: validator.arn, events: ['s3:ObjectCreated:*'], filterPrefix: 'lectures/' }],
      dependsOn: [permission],
    });
  }
}
