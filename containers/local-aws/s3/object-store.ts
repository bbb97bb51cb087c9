/**
 * s3rver's store, made safe: an object appears whole or not at all, parts belong to an upload that exists, ranges are
 * exact, listings are in order, and whoever must know of a new object is asked before it appears.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import FilesystemStore, {
  type Listing,
  type ListOptions,
  type Stored,
} from '@20minutes/s3rver/lib/stores/filesystem.js';
import S3Object, { type Metadata } from '@20minutes/s3rver/lib/models/object.js';
import {
  appendTrailer,
  DamagedObjectError,
  openContent,
  readTrailer,
  writeContent,
  type StoredObject,
} from './object-file.ts';
import { saysNoRoom, type DiskSpace } from '../support/disk-space.ts';
import { listKeys } from './list-keys.ts';
import { s3Failure } from './s3-failure.ts';

const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_LISTED = 1_000;

export type CreationCause = 'Put' | 'Post' | 'Copy' | 'CompleteMultipartUpload';

export interface CreatedObject {
  bucket: string;
  key: string;
  size: number;
  /** Without quotes. */
  etag: string;
  cause: CreationCause;
}

/** Told of an object that is about to appear; what it returns is told how that ended. */
export type CreationObserver = (created: CreatedObject) => Promise<CreationOutcome | undefined>;
export interface CreationOutcome {
  appeared: () => void;
  failed: () => Promise<void>;
}

export interface ObjectStoreOptions {
  /** A folder a bucket. */
  root: string;
  /** On the same file system; whatever it holds at the start is left over and deleted. */
  staging: string;
  space: DiskSpace;
  onCreate: CreationObserver;
}

export class ObjectStore extends FilesystemStore {
  readonly #staging: string;
  readonly #space: DiskSpace;
  readonly #onCreate: CreationObserver;

  static async open(options: ObjectStoreOptions): Promise<ObjectStore> {
    await mkdir(options.staging, { recursive: true });
    // Emptied, not made anew: a full disk may have no room for a folder.
    for (const name of await readdir(options.staging)) await rm(join(options.staging, name), { recursive: true });
    await mkdir(options.root, { recursive: true });
    return new ObjectStore(options);
  }

  private constructor({ root, staging, space, onCreate }: ObjectStoreOptions) {
    super(root);
    this.#staging = staging;
    this.#space = space;
    this.#onCreate = onCreate;
  }

  // ---- objects ----

  override async putObject(object: S3Object): Promise<Stored> {
    return await this.put(object, 'Put');
  }

  /** Stores an object. @param etag what it is tagged with instead of its MD5 */
  async put(object: S3Object, cause: CreationCause, etag?: string): Promise<Stored> {
    return await this.#write(async (draft) => {
      const { size, md5 } = await writeContent(draft, object.content ?? Buffer.alloc(0), this.#requireRoom);
      const tag = etag ?? md5;
      await appendTrailer(draft, { size, etag: tag, metadata: keptMetadata(object) });
      await this.#publish(draft, { bucket: object.bucket, key: object.key, size, etag: tag, cause });
      return { size, md5: tag };
    });
  }

  /** The object's size, tag and metadata; `undefined` where there is none. */
  async head(bucket: string, key: string): Promise<StoredObject | undefined> {
    try {
      return await readTrailer(this.#path(bucket, key));
    } catch (error) {
      // An object that a crash of the machine cut short was never whole.
      if (isMissing(error) || error instanceof DamagedObjectError) return undefined;
      throw error;
    }
  }

  override async getMetadata(bucket: string, key: string): Promise<Metadata> {
    return toHeaders(await readTrailer(this.#path(bucket, key)));
  }

  override async getObject(
    bucket: string,
    key: string,
    range: { start?: number; end?: number } = {},
  ): Promise<S3Object | null> {
    const stored = await this.head(bucket, key);
    if (stored === undefined) return null;
    const { start = 0, end = stored.size - 1 } = range;
    const last = Math.min(end, stored.size - 1);
    const object = new S3Object(bucket, key, null, toHeaders(stored));
    if (range.start !== undefined) object.range = { start, end: last };
    if (object.range === undefined || start <= last) {
      object.content = await openContent(this.#path(bucket, key), start, last);
    }
    return object;
  }

  override async copyObject(
    fromBucket: string,
    fromKey: string,
    toBucket: string,
    toKey: string,
    replacement: Metadata | null,
  ): Promise<Metadata> {
    const source = await this.getObject(fromBucket, fromKey);
    if (source === null) throw s3Failure('NoSuchKey', 404, 'The specified key does not exist.', { Key: fromKey });
    const metadata = replacement ?? source.metadata;
    await this.put(new S3Object(toBucket, toKey, source.content, metadata), 'Copy');
    return await this.getMetadata(toBucket, toKey);
  }

  override async deleteObject(bucket: string, key: string): Promise<void> {
    await rm(this.#path(bucket, key), { force: true });
    const top = this.getBucketPath(bucket);
    for (let folder = dirname(this.#path(bucket, key)); folder.startsWith(join(top, '/')); folder = dirname(folder)) {
      // Fails where another object has come into the folder, and that is the end of it.
      if (!(await rmdir(folder).then(Boolean.bind(null, true), () => false))) return;
    }
  }

  override async listObjects(bucket: string, options: ListOptions): Promise<Listing> {
    const page = await listKeys(this, bucket, { ...options, limit: options.maxKeys ?? MAX_LISTED });
    const objects: S3Object[] = [];
    for (const key of page.keys) {
      const stored = await this.head(bucket, key);
      if (stored !== undefined) objects.push(new S3Object(bucket, key, null, toHeaders(stored)));
    }
    return { objects, commonPrefixes: page.commonPrefixes, isTruncated: page.last !== undefined };
  }

  // ---- uploads in parts ----

  /** The key that an upload was begun for; `undefined` where there is no such upload. */
  async uploadKey(bucket: string, uploadId: string): Promise<string | undefined> {
    if (!/^[0-9a-f]{32}$/.test(uploadId)) return undefined;
    return await readFile(join(this.#uploadPath(bucket, uploadId), 'key'), 'utf8').catch(() => undefined);
  }

  async abortUpload(bucket: string, uploadId: string): Promise<void> {
    await rm(this.#uploadPath(bucket, uploadId), { recursive: true, force: true });
  }

  override async initiateUpload(bucket: string, key: string, uploadId: string, metadata: Metadata): Promise<void> {
    try {
      await this.#write(() => super.initiateUpload(bucket, key, uploadId, metadata));
    } catch (error) {
      await this.abortUpload(bucket, uploadId);
      throw error;
    }
  }

  override async putPart(
    bucket: string,
    uploadId: string,
    partNumber: string | number,
    content: Readable | Buffer,
  ): Promise<Stored> {
    return await this.#write(async (draft) => {
      const stored = await writeContent(draft, content, this.#requireRoom);
      const path = join(this.#uploadPath(bucket, uploadId), String(partNumber));
      // The hash first: a part without its hash would be taken for damaged.
      await writeFile(`${path}.md5`, stored.md5);
      await rename(draft, path);
      return stored;
    });
  }

  override async putObjectMultipart(
    bucket: string,
    uploadId: string,
    parts: { number: number; etag: string }[],
  ): Promise<Stored> {
    const folder = this.#uploadPath(bucket, uploadId);
    const key = await this.uploadKey(bucket, uploadId);
    if (key === undefined) throw noSuchUpload();
    const metadata = JSON.parse(await readFile(join(folder, 'metadata'), 'utf8')) as Metadata;
    const hash = createHash('md5');
    if (parts.some((part, index) => part.number <= (parts[index - 1]?.number ?? 0))) {
      throw s3Failure('InvalidPartOrder', 400, 'The list of parts was not in ascending order.');
    }
    for (const [index, part] of parts.entries()) {
      const path = join(folder, String(part.number));
      const md5 = await readFile(`${path}.md5`, 'utf8').catch(() => undefined);
      const size = await stat(path).then(
        (found) => found.size,
        () => undefined,
      );
      if (md5 !== part.etag || size === undefined) {
        throw s3Failure('InvalidPart', 400, 'One or more of the specified parts could not be found.', {
          PartNumber: part.number,
        });
      }
      if (size < MIN_PART_BYTES && index < parts.length - 1) {
        throw s3Failure('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size');
      }
      hash.update(Buffer.from(md5, 'hex'));
    }
    const content = Readable.from(concatenate(parts.map((part) => join(folder, String(part.number)))));
    const etag = `${hash.digest('hex')}-${parts.length}`;
    const stored = await this.put(new S3Object(bucket, key, content, metadata), 'CompleteMultipartUpload', etag);
    await rm(folder, { recursive: true, force: true });
    return stored;
  }

  // ---- old things ----

  /** Deletes objects under `prefix` that were last written before `cutoff` (epoch ms). @returns how many */
  async expire(bucket: string, prefix: string, cutoff: number): Promise<number> {
    const { keys } = await listKeys(this, bucket, { prefix, limit: Number.POSITIVE_INFINITY });
    let deleted = 0;
    for (const key of keys) {
      const stored = await this.head(bucket, key);
      if (stored === undefined || stored.lastModified.getTime() >= cutoff) continue;
      await this.deleteObject(bucket, key);
      deleted++;
    }
    return deleted;
  }

  /** Deletes uploads in parts that were begun before `cutoff` (epoch ms) and never completed. */
  async expireUploads(bucket: string, cutoff: number): Promise<void> {
    const folder = this.getResourcePath(bucket, undefined, 'uploads');
    for (const uploadId of await readdir(folder).catch(() => [])) {
      const begun = await stat(join(folder, uploadId, 'key')).then(
        (found) => found.mtimeMs,
        () => 0,
      );
      if (begun < cutoff) await this.abortUpload(bucket, uploadId);
    }
  }

  /** @throws S3Error with ServiceUnavailable where an object of `bytes` would not fit */
  async requireRoom(bytes: number): Promise<void> {
    await this.#space.requireForObject(bytes).catch((error: unknown) => {
      throw saysNoRoom(error) ? noRoom() : error;
    });
  }

  readonly #requireRoom = () => this.#space.requireForObject();

  /**
   * Stores something by way of a draft, which does not outlive a failure.
   * @throws S3Error with ServiceUnavailable, which the SDKs try again, where there is no room
   */
  async #write<T>(store: (draft: string) => Promise<T>): Promise<T> {
    const draft = join(this.#staging, randomUUID());
    try {
      await this.#requireRoom();
      return await store(draft);
    } catch (error) {
      await rm(draft, { force: true });
      throw saysNoRoom(error) ? noRoom() : error;
    }
  }

  async #publish(draft: string, created: CreatedObject): Promise<void> {
    const path = this.#path(created.bucket, created.key);
    const outcome = await this.#onCreate(created);
    try {
      await renameInto(draft, path);
    } catch (error) {
      await outcome?.failed();
      throw error;
    }
    outcome?.appeared();
  }

  #path(bucket: string, key: string): string {
    return this.getResourcePath(bucket, key, 'object');
  }

  #uploadPath(bucket: string, uploadId: string): string {
    return join(this.getResourcePath(bucket, undefined, 'uploads'), uploadId);
  }
}

const noRoom = () => s3Failure('ServiceUnavailable', 503, 'There is no room left on the disk.');

export const noSuchUpload = () => s3Failure('NoSuchUpload', 404, 'The specified multipart upload does not exist.');

/** A deletion may remove the folder, or one above it, while it is made or before the rename: then it is made again. */
async function renameInto(draft: string, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await rename(draft, path);
      return;
    } catch (error) {
      if (!isMissing(error) || attempt === 5) throw error;
    }
  }
}

async function* concatenate(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Buffer>;
}

function keptMetadata({ metadata }: S3Object): Record<string, string> {
  const derived = new Set(['etag', 'last-modified', 'content-length']);
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([name]) => !derived.has(name))
      .map(([name, value]) => [name, String(value)]),
  );
}

function toHeaders({ metadata, etag, size, lastModified }: StoredObject): Metadata {
  return {
    ...metadata,
    etag: `"${etag}"`,
    'content-length': size,
    'last-modified': lastModified.toUTCString(),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
