/**
 * An object is one file: its content, then its metadata as JSON, then the JSON's length. One rename therefore makes an
 * object, metadata and all, or leaves the one before it; a process killed while it writes leaves no half of either.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { appendFile, open } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

const LENGTH_BYTES = 4;
const MAX_TRAILER_BYTES = 64 * 1024;
/** Between two looks at the room that is left. */
const ROOM_CHECK_BYTES = 256 * 1024;

const trailerSchema = z.object({
  size: z.number().int().min(0),
  /** Without quotes. */
  etag: z.string(),
  /** Headers that are given back: content-type, x-amz-meta-* and the like. */
  metadata: z.record(z.string(), z.string()),
});

export type Trailer = z.infer<typeof trailerSchema>;

export interface StoredObject extends Trailer {
  lastModified: Date;
}

/** What is kept in the place of an object is none: the machine itself stopped before its disk had all of it. */
export class DamagedObjectError extends Error {
  override name = 'DamagedObjectError';
}

/**
 * Writes a stream to a new file.
 * @param requireRoom called now and then; what it rejects with ends the writing
 * @returns its length in bytes and its MD5 as hex
 */
export async function writeContent(
  path: string,
  content: Readable | Buffer,
  requireRoom: () => Promise<void>,
): Promise<{ size: number; md5: string }> {
  const hash = createHash('md5');
  let size = 0;
  let uncheckedBytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      uncheckedBytes += chunk.length;
      if (uncheckedBytes < ROOM_CHECK_BYTES) {
        done(null, chunk);
        return;
      }
      uncheckedBytes = 0;
      requireRoom().then(() => done(null, chunk), done);
    },
  });
  const source = Buffer.isBuffer(content) ? Readable.from([content]) : content;
  await pipeline(source, measure, createWriteStream(path, { flags: 'wx' }));
  return { size, md5: hash.digest('hex') };
}

export async function appendTrailer(path: string, trailer: Trailer): Promise<void> {
  const json = Buffer.from(JSON.stringify(trailer));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  await appendFile(path, Buffer.concat([json, length]));
}

/** @throws Error with code ENOENT where there is no such file; DamagedObjectError where it is no object */
export async function readTrailer(path: string): Promise<StoredObject> {
  const file = await open(path);
  try {
    const { size: total, mtime } = await file.stat();
    const length = Buffer.alloc(LENGTH_BYTES);
    await file.read(length, 0, LENGTH_BYTES, Math.max(0, total - LENGTH_BYTES));
    const jsonBytes = length.readUInt32BE();
    if (total <= LENGTH_BYTES || jsonBytes > Math.min(MAX_TRAILER_BYTES, total - LENGTH_BYTES)) throw damaged();
    const json = Buffer.alloc(jsonBytes);
    await file.read(json, 0, jsonBytes, total - LENGTH_BYTES - jsonBytes);
    return { ...parseTrailer(json.toString()), lastModified: mtime };
  } finally {
    await file.close();
  }
}

const damaged = () => new DamagedObjectError('The object file is damaged.');

function parseTrailer(json: string): Trailer {
  try {
    return trailerSchema.parse(JSON.parse(json));
  } catch {
    throw damaged();
  }
}

/** The content from byte `start` to byte `end`, both included; opened already, so that a deletion does no harm. */
export async function openContent(path: string, start: number, end: number): Promise<Readable> {
  if (end < start) return Readable.from([]);
  const file = await open(path);
  return createReadStream('', { fd: file, start, end });
}
