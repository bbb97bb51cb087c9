/** A bucket that nobody reads in public: encrypted, owned by the account, over TLS only. */
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import { Construct } from 'constructs';
import { policyDocument, type Statement } from './policy.ts';

export interface PrivateBucketProps {
  name: string;
  /** What a deploy can make anew may be deleted with the bucket. */
  forceDestroy?: boolean;
}

export class PrivateBucket extends Construct {
  readonly bucket: S3Bucket;
  readonly #accessBlock: S3BucketPublicAccessBlock;

  constructor(scope: Construct, id: string, { name, forceDestroy = false }: PrivateBucketProps) {
    super(scope, id);
    this.bucket = new S3Bucket(this, 'bucket', { bucket: name, forceDestroy });
    const bucket = this.bucket.id;
    this.#accessBlock = new S3BucketPublicAccessBlock(this, 'access', {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, 'ownership', { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } });
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
  }

  /** The bucket has one policy: plain HTTP is denied, and what else is given. Called once. */
  setPolicy(statements: readonly Statement[] = []): void {
    const { arn, id } = this.bucket;
    new S3BucketPolicy(this, 'policy', {
      bucket: id,
      // S3 refuses two changes of a bucket's access at once.
      dependsOn: [this.#accessBlock],
      policy: policyDocument([
        {
          Sid: 'TlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: ['s3:*'],
          Resource: [arn, `${arn}/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        ...statements,
      ]),
    });
  }
}
