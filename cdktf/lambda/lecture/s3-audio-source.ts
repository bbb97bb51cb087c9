/** An S3 object as the probe reads it: by byte ranges, and only while it stays the same object. */
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { AudioSource } from '../../../audio/probe.ts';
import { withDeadline } from '../../../service-kit/deadline.ts';

/** For one range; the largest range that the probe asks for is a few megabytes. */
const RANGE_TIMEOUT_MS = 30_000;

export interface StoredObject extends AudioSource {
  /** User metadata, names in lower case and without `x-amz-meta-`. */
  metadata: Record<string, string>;
}

/** @returns nothing where the object does not exist (any more) */
export async function openStoredObject(
  s3: S3Client,
  bucket: string,
  key: string,
  abortSignal: AbortSignal,
): Promise<StoredObject | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
    return {
      size: head.ContentLength ?? 0,
      metadata: head.Metadata ?? {},
      read: async (start, endInclusive) => {
        const range = new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          Range: `bytes=${start}-${endInclusive}`,
          // An object that is replaced meanwhile fails with 412, and its own event follows.
          ...(head.ETag === undefined ? {} : { IfMatch: head.ETag }),
        });
        return await withDeadline(RANGE_TIMEOUT_MS, abortSignal, async (limited) => {
          const { Body } = await s3.send(range, { abortSignal: limited });
          if (Body === undefined) throw new Error('S3 answered a range without a body.');
          return await Body.transformToByteArray();
        });
      },
    };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NotFound' || error.name === 'NoSuchKey');
}
