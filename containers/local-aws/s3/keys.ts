/** Buckets and keys in a request's path, and which keys a file system can hold. */
import { s3Failure } from './s3-failure.ts';

export interface S3Resource {
  bucket: string;
  /** Empty for the bucket itself. */
  key: string;
}

const MAX_KEY_BYTES = 1024;
/** A file name has at most 255 bytes, and the store needs some for its own suffix. */
const MAX_SEGMENT_BYTES = 220;
/** The store's own files end in this and more. */
const RESERVED = '._S3rver_';

/** @throws S3Error for a path that is broken, or a key that could leave its folder or collide with another */
export function readResource(rawPath: string): S3Resource {
  const path = rawPath.replace(/^\//, '');
  const slash = path.indexOf('/');
  const bucket = decode(slash === -1 ? path : path.slice(0, slash));
  const key = decode(slash === -1 ? '' : path.slice(slash + 1));
  if (bucket !== '' && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw s3Failure('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName: bucket });
  }
  checkKey(key);
  return { bucket, key };
}

/** @throws S3Error */
export function checkKey(key: string): void {
  if (key === '') return;
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw s3Failure('KeyTooLongError', 400, 'Your key is too long', { MaxSizeAllowed: MAX_KEY_BYTES });
  }
  // A key may end in a slash, but is a path otherwise.
  const segments = key.replace(/\/$/, '').split('/');
  const isPath = segments.every(
    (segment) =>
      !['', '.', '..'].includes(segment) &&
      !/[\0\\]/.test(segment) &&
      !segment.includes(RESERVED) &&
      Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES,
  );
  if (!isPath) throw s3Failure('InvalidArgument', 400, 'Keys of this form cannot be stored on this machine.');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw s3Failure('InvalidURI', 400, "Couldn't parse the specified URI.");
  }
}
