/** S3: who may do what, with which body; s3rver answers what is let through. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import S3rver from '@20minutes/s3rver';
import { AuthFailure } from '../auth/auth-failure.ts';
import { mayGuestUseS3 } from '../auth/guest-policy.ts';
import { UNSIGNED_PAYLOAD, type SignatureVerifier } from '../auth/sigv4.ts';
import { forwardRequest } from '../support/forwarded-request.ts';
import { parseRequestTarget, queryValue, type Query } from '../support/request-target.ts';
import type { Logger } from '../../../service-kit/logger.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { resolveRange } from './byte-range.ts';
import { readResource, type S3Resource } from './keys.ts';
import { listObjectsV2 } from './list-objects.ts';
import { noSuchUpload, type ObjectStore } from './object-store.ts';
import { announcedAlgorithms, headerChecksums, PayloadCheck } from './payload-check.ts';
import { postObject } from './post-object.ts';
import { s3Failure, sendS3Failure, toS3Failure } from './s3-failure.ts';

const MAX_OBJECT_BYTES = 5 * 1024 ** 3;
const MAX_XML_BYTES = 2 * 1024 * 1024;
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const PRESIGNED_PARAMETER = /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token)$/i;

export interface S3ServiceOptions {
  store: ObjectStore;
  verifier: SignatureVerifier;
  audioBucket: string;
  log: Logger;
}

interface S3Request extends S3Resource {
  req: IncomingMessage;
  method: string;
  rawPath: string;
  query: Query;
}

export class S3Service {
  readonly #options: S3ServiceOptions;
  readonly #s3rver: S3rver;
  readonly #respond: ReturnType<S3rver['callback']>;

  constructor(options: S3ServiceOptions) {
    this.#options = options;
    const { store, log } = options;
    this.#s3rver = new S3rver({ directory: store.rootDirectory, silent: true, vhostBuckets: false });
    // "silent" takes its logger's outlets away, which the logger then complains of on stderr.
    this.#s3rver.logger.silent = true;
    this.#s3rver.store = store;
    this.#s3rver.context.store = store;
    this.#s3rver.on('error', (error) => log.debug({ err: error }, 's3 request failed'));
    // Whoever comes this far has been let in.
    this.#s3rver.middleware.unshift(async (ctx, next) => {
      ctx.state['account'] = {};
      await next();
    });
    this.#respond = this.#s3rver.callback();
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // What nobody read of the body must not stand before the connection's next request.
    res.once('finish', () => {
      req.unpipe();
      req.resume();
    });
    try {
      await this.#handle(req, res);
    } catch (error) {
      if (res.headersSent || res.destroyed) {
        res.destroy();
        return;
      }
      const failure = toS3Failure(error);
      // A full disk is told of once, not with each request.
      if (failure.status >= 500 && error !== failure) this.#options.log.error({ err: error }, 's3 request failed');
      sendS3Failure(res, failure);
    }
  }

  close(): void {
    this.#s3rver.logger.close();
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { rawPath, query } = readTarget(req.url ?? '/');
    const resource = readResource(rawPath);
    const request: S3Request = { ...resource, req, method: req.method ?? 'GET', rawPath, query };
    const isForm = /^multipart\/form-data\b/i.test(req.headers['content-type'] ?? '');
    if (request.method === 'POST' && request.key === '' && isForm) {
      await this.#requireBucket(request.bucket);
      await this.#options.store.requireRoom(Number(req.headers['content-length'] ?? 0) || 0);
      await postObject(req, res, request.bucket, { ...this.#options, now: Date.now });
      return;
    }
    await this.#authorise(request);
    // A body that will not fit is not taken until the disk is full.
    if (request.method === 'PUT')
      await this.#options.store.requireRoom(Number(req.headers['content-length'] ?? 0) || 0);
    if (await this.#handleUpload(request, res)) return;
    if (request.method === 'GET' && request.key === '' && queryValue(query, 'list-type') === '2') {
      await this.#requireBucket(request.bucket);
      const listing = await listObjectsV2(this.#options.store, request.bucket, query);
      res.writeHead(200, { 'content-type': 'application/xml' }).end(listing);
      return;
    }
    const headers = await this.#prepareHeaders(request);
    const body = await readBody(request);
    await this.#respond(forwardRequest(req, { url: forwardedUrl(rawPath, query), headers, body }), res);
  }

  async #authorise({ req, method, bucket, key, rawPath, query }: S3Request): Promise<void> {
    const principal = await this.#options.verifier.verify({ method, rawPath, query, headers: req.headers }, 's3');
    if (principal.kind === 'service') return;
    const action = { method, bucket, key, query, isCopy: req.headers['x-amz-copy-source'] !== undefined };
    if (!mayGuestUseS3(principal.identityId, action, this.#options.audioBucket)) {
      throw new AuthFailure('denied', 'Access Denied');
    }
  }

  async #requireBucket(bucket: string): Promise<void> {
    if ((await this.#options.store.getBucket(bucket)) !== null) return;
    throw s3Failure('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: bucket });
  }

  /** What s3rver does not check of uploads in parts, and the abort, which it lacks. @returns whether it has answered */
  async #handleUpload({ method, bucket, key, query }: S3Request, res: ServerResponse): Promise<boolean> {
    const uploadId = queryValue(query, 'uploadId');
    if (uploadId === undefined) return false;
    if ((await this.#options.store.uploadKey(bucket, uploadId)) !== key) throw noSuchUpload();
    if (method === 'PUT' && !/^(?:[1-9]\d{0,3}|10000)$/.test(queryValue(query, 'partNumber') ?? '')) {
      throw s3Failure('InvalidArgument', 400, 'Part number must be an integer between 1 and 10000, inclusive');
    }
    if (method !== 'DELETE') return false;
    await this.#options.store.abortUpload(bucket, uploadId);
    res.writeHead(204).end();
    return true;
  }

  /** The request's headers without its signature, with an exact range, its preconditions checked. */
  async #prepareHeaders({ req, method, bucket, key, query }: S3Request): Promise<Record<string, string>> {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(req.headers)) {
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    for (const name of ['authorization', 'x-amz-security-token', 'x-amz-content-sha256', 'origin', 'range']) {
      Reflect.deleteProperty(headers, name);
    }
    // Without any x-amz- header s3rver would take the request for one to a website.
    headers['x-amz-date'] ??= 'none';
    if (key === '') return headers;
    if ((method === 'GET' || method === 'HEAD') && req.headers.range !== undefined) {
      const size = (await this.#options.store.head(bucket, key))?.size;
      const range = size === undefined ? undefined : resolveRange(req.headers.range, size);
      if (range === 'unsatisfiable') {
        throw s3Failure('InvalidRange', 416, 'The requested range is not satisfiable', { ActualObjectSize: size ?? 0 });
      }
      if (range !== undefined) headers['range'] = `bytes=${range.start}-${range.end}`;
    }
    if (method === 'PUT' && queryValue(query, 'uploadId') === undefined)
      await this.#checkPreconditions(req, bucket, key);
    const encodings = (headers['content-encoding'] ?? '').split(',').map((name) => name.trim());
    const kept = encodings.filter((name) => name !== '' && name !== 'aws-chunked').join(',');
    if (kept === '') Reflect.deleteProperty(headers, 'content-encoding');
    else headers['content-encoding'] = kept;
    return headers;
  }

  async #checkPreconditions(req: IncomingMessage, bucket: string, key: string): Promise<void> {
    const { 'if-none-match': noneMatch, 'if-match': match } = req.headers;
    if (noneMatch === undefined && match === undefined) return;
    const etag = (await this.#options.store.head(bucket, key))?.etag;
    const holds =
      noneMatch === undefined ? match?.replaceAll('"', '') === etag : noneMatch !== '*' || etag === undefined;
    if (holds) return;
    throw s3Failure('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold');
  }
}

function readTarget(url: string): { rawPath: string; query: Query } {
  try {
    return parseRequestTarget(url);
  } catch {
    throw s3Failure('InvalidURI', 400, "Couldn't parse the specified URI.");
  }
}

/** The path and the query without the parts that belong to the signature. */
function forwardedUrl(rawPath: string, query: Query): string {
  const rest = Object.entries(query)
    .filter(([name]) => !PRESIGNED_PARAMETER.test(name))
    .flatMap(([name, value]) => [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`));
  return rest.length === 0 ? rawPath : `${rawPath}?${rest.join('&')}`;
}

/**
 * The request's body, decoded and checked: an object's while it flows, any other before it is handed on.
 * @throws S3Error where it has no length, or is in a form that is not read here
 */
async function readBody({ req, method, query, key }: S3Request): Promise<Readable> {
  const { headers } = req;
  const declared = headers['x-amz-content-sha256'] ?? queryValue(query, 'X-Amz-Content-Sha256') ?? UNSIGNED_PAYLOAD;
  const isChunked = declared === UNSIGNED_TRAILER;
  if (!isChunked && declared !== UNSIGNED_PAYLOAD && !/^[0-9a-f]{64}$/i.test(String(declared))) {
    throw s3Failure('NotImplemented', 501, 'Bodies in signed chunks are not understood here.');
  }
  const lengthHeader = isChunked ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  const length = lengthHeader === undefined ? undefined : Number(lengthHeader);
  const storesObject = method === 'PUT' && key !== '' && headers['x-amz-copy-source'] === undefined;
  if (storesObject && (length === undefined || !Number.isInteger(length))) {
    throw s3Failure('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.');
  }
  const limit = storesObject ? MAX_OBJECT_BYTES : MAX_XML_BYTES;
  if (length !== undefined && length > limit) {
    const detail = { ProposedSize: length, MaxSizeAllowed: limit };
    throw s3Failure('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', detail);
  }

  const decoder = isChunked ? new AwsChunkedDecoder() : undefined;
  const check = new PayloadCheck({
    length: storesObject ? length : undefined,
    maxLength: limit,
    sha256: isChunked || declared === UNSIGNED_PAYLOAD ? undefined : String(declared),
    md5: headers['content-md5']?.toString(),
    algorithms: announcedAlgorithms(headers),
    checksums: () => new Map([...headerChecksums(headers), ...(decoder?.trailers ?? [])]),
  });
  flow(req, decoder ?? check);
  if (decoder !== undefined) pipeline(decoder, check, () => undefined);
  return storesObject ? check : Readable.from([await buffer(check)]);
}

/** Pipes a request's body, without taking the whole connection down where the target fails. */
function flow(req: IncomingMessage, target: Transform): void {
  // Whoever reads the target hears of its error, however late it begins to read.
  target.on('error', () => undefined);
  req.pipe(target);
  req.once('close', () => {
    if (!req.complete) target.destroy(new Error('The client went away.'));
  });
  // Nobody takes the body any more: what still comes is dropped, so that the client gets to see the answer.
  target.once('close', () => {
    req.unpipe(target);
    req.resume();
  });
}
