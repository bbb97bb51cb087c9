/** A browser's upload by presigned POST: the fields first, then the file, streamed to disk. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform, type Readable } from 'node:stream';
import busboy from 'busboy';
import S3Object from '@20minutes/s3rver/lib/models/object.js';
import type { SignatureVerifier } from '../auth/sigv4.ts';
import { mayGuestUseS3 } from '../auth/guest-policy.ts';
import { AuthFailure } from '../auth/auth-failure.ts';
import { renderXml } from '../support/xml.ts';
import { checkKey } from './keys.ts';
import type { ObjectStore } from './object-store.ts';
import { checkPolicy, type SizeLimits } from './post-policy.ts';
import { s3Failure } from './s3-failure.ts';

/** S3's own limit on everything before the file. */
const MAX_FIELD_BYTES = 20_000;
const MAX_FIELDS = 100;

export interface PostObjectOptions {
  store: ObjectStore;
  verifier: SignatureVerifier;
  audioBucket: string;
  /** Epoch milliseconds. */
  now: () => number;
}

/** @throws S3Error or AuthFailure, with nothing stored */
export async function postObject(
  req: IncomingMessage,
  res: ServerResponse,
  bucket: string,
  options: PostObjectOptions,
): Promise<void> {
  const form = await readForm(req, async (fields, filename, file) => {
    const key = (fields.get('key') ?? '').replaceAll('${filename}', () => filename.replace(/^.*[/\\]/, ''));
    if (key === '') {
      throw s3Failure('InvalidArgument', 400, "Bucket POST must contain a field named 'key'.");
    }
    checkKey(key);
    fields.set('key', key);
    const limits = await authorise(bucket, key, fields, options);
    const metadata = Object.fromEntries([...fields].filter(([name]) => name !== 'x-amz-storage-class'));
    const content = limitSize(file, limits);
    const { md5 } = await options.store.put(new S3Object(bucket, key, content, metadata), 'Post');
    return { key, etag: `"${md5}"`, fields };
  });
  reply(req, res, bucket, form);
}

async function authorise(
  bucket: string,
  key: string,
  fields: Map<string, string>,
  { verifier, audioBucket, now }: PostObjectOptions,
): Promise<SizeLimits> {
  const policy = fields.get('policy');
  if (policy === undefined) throw new AuthFailure('denied', 'Access Denied');
  const principal = await verifier.verifyText(policy, fields, 's3');
  const limits = checkPolicy(policy, { bucket, fields }, now());
  if (principal.kind === 'guest') {
    const action = { method: 'PUT', bucket, key, query: {}, isCopy: false };
    if (!mayGuestUseS3(principal.identityId, action, audioBucket)) throw new AuthFailure('denied', 'Access Denied');
  }
  return limits;
}

type StoreFile<T> = (fields: Map<string, string>, filename: string, file: Readable) => Promise<T>;

/** Reads one form to its end. What comes after the file is ignored, as S3 does. */
async function readForm<T>(req: IncomingMessage, store: StoreFile<T>): Promise<T> {
  const fields = new Map<string, string>();
  return await new Promise<T>((resolve, reject) => {
    const parser = createParser(req);
    let stored: Promise<T> | undefined;
    let currentFile: Readable | undefined;

    const fail = (error: unknown): void => {
      reject(error instanceof Error ? error : new Error(String(error)));
      req.unpipe(parser);
      currentFile?.destroy();
      // What is still being sent is read and dropped, so that the client gets to see the answer.
      req.resume();
    };
    parser.on('field', (name, value, { valueTruncated }) => {
      if (stored !== undefined) return;
      if (valueTruncated) {
        fail(
          s3Failure('MaxPostPreDataLengthExceeded', 400, 'Your POST request fields preceding the file are too large.'),
        );
      }
      fields.set(name.toLowerCase(), value);
    });
    parser.on('file', (name, file, { filename }) => {
      if (name !== 'file' || stored !== undefined) {
        file.resume();
        return;
      }
      // Whoever reads the file hears of its error, however late it begins to read.
      file.on('error', () => undefined);
      currentFile = file;
      stored = store(fields, filename ?? 'file', file);
      stored.catch(fail);
    });
    parser.once('error', () => fail(malformed()));
    parser.once('close', () => {
      if (stored !== undefined) stored.then(resolve, reject);
      else fail(s3Failure('InvalidArgument', 400, 'POST requires exactly one file upload per request.'));
    });
    req.once('close', () => {
      if (req.complete) return;
      currentFile?.destroy(new Error('The client went away.'));
      reject(new Error('The client went away.'));
    });
    req.pipe(parser);
  });
}

function createParser(req: IncomingMessage): busboy.Busboy {
  try {
    const limits = { fieldSize: MAX_FIELD_BYTES, fields: MAX_FIELDS, files: 1 };
    return busboy({ headers: req.headers, defParamCharset: 'utf8', limits });
  } catch {
    throw malformed();
  }
}

const malformed = () => s3Failure('MalformedPOSTRequest', 400, 'The body is not well-formed form data.');

/** Fails as soon as the file is too large, or at its end where it is too small. */
function limitSize(file: Readable, { minBytes, maxBytes }: SizeLimits): Readable {
  let size = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= maxBytes) {
        done(null, chunk);
        return;
      }
      const detail = { ProposedSize: size, MaxSizeAllowed: maxBytes };
      done(s3Failure('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', detail));
    },
    flush(done) {
      if (size >= minBytes) {
        done();
        return;
      }
      const detail = { ProposedSize: size, MinSizeAllowed: minBytes };
      done(s3Failure('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', detail));
    },
  });
  // Whoever reads it hears of its error, however late it begins to read.
  limited.on('error', () => undefined);
  file.once('error', (error) => limited.destroy(error));
  file.once('close', () => {
    if (!file.readableEnded) limited.destroy(new Error('The upload ended early.'));
  });
  if (file.destroyed) limited.destroy(new Error('The upload ended early.'));
  return file.pipe(limited);
}

function reply(
  req: IncomingMessage,
  res: ServerResponse,
  bucket: string,
  { key, etag, fields }: { key: string; etag: string; fields: ReadonlyMap<string, string> },
): void {
  const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
  const location = `http://${req.headers.host ?? 'localhost'}/${path}`;
  res.setHeader('etag', etag);
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect');
  if (redirect !== undefined && URL.canParse(redirect) && /^https?:$/.test(new URL(redirect).protocol)) {
    const target = new URL(redirect);
    for (const [name, value] of Object.entries({ bucket, key, etag })) target.searchParams.append(name, value);
    res.writeHead(303, { location: target.href }).end();
    return;
  }
  res.setHeader('location', location);
  const status = fields.get('success_action_status');
  if (status !== '201') {
    res.writeHead(status === '200' ? 200 : 204).end();
    return;
  }
  res.writeHead(201, { 'content-type': 'application/xml' });
  res.end(
    renderXml('PostResponse', [
      ['Location', location],
      ['Bucket', bucket],
      ['Key', key],
      ['ETag', etag],
    ]),
  );
}
