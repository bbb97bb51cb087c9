/** The event that S3 sends when an object appears. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
import { randomBytes } from 'node:crypto';
import type { S3Event } from 'aws-lambda';
import type { CreatedObject } from './object-store.ts';

/** Percent-encoded as in a form: a space as `+`, a slash as it is. */
export function encodeEventKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** @param now epoch milliseconds */
export function createS3Event({ bucket, key, size, etag, cause }: CreatedObject, region: string, now: number): S3Event {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: new Date(now).toISOString(),
        eventName: `ObjectCreated:${cause}`,
        userIdentity: { principalId: 'AWS:LOCAL' },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: {
          'x-amz-request-id': randomBytes(8).toString('hex').toUpperCase(),
          'x-amz-id-2': randomBytes(48).toString('base64'),
        },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'lectures',
          bucket: {
            name: bucket,
            ownerIdentity: { principalId: 'LOCAL' },
            arn: `arn:aws:s3:::${bucket}`,
          },
          object: {
            key: encodeEventKey(key),
            size,
            eTag: etag,
            sequencer: now.toString(16).toUpperCase().padStart(16, '0') + randomBytes(1).toString('hex').toUpperCase(),
          },
        },
      },
    ],
  };
}
