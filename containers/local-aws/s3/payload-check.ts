/** Lets a body through and fails at its end where it is not what the request said: length, hashes, checksums. */
import { createHash, type Hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { crc32 } from 'node:zlib';
import { s3Failure } from './s3-failure.ts';

const CHECKSUM = 'x-amz-checksum-';

export interface ExpectedPayload {
  /** Bytes; not checked where unknown. */
  length?: number | undefined;
  /** Bytes; more fail at once. */
  maxLength: number;
  /** Hex. */
  sha256?: string | undefined;
  /** Base64, as in Content-MD5. */
  md5?: string | undefined;
  /** Base64 by `x-amz-checksum-<algorithm>`; asked for at the end, since they may come in a trailer. */
  checksums: () => ReadonlyMap<string, string>;
  /** The algorithms of the checksums that will come. */
  algorithms: readonly string[];
}

export class PayloadCheck extends Transform {
  readonly #expected: ExpectedPayload;
  readonly #hashes = new Map<string, Hash>();
  #crc32 = 0;
  #length = 0;

  constructor(expected: ExpectedPayload) {
    super();
    this.#expected = expected;
    const { md5, sha256, algorithms } = expected;
    if (md5 !== undefined) this.#hashes.set('md5', createHash('md5'));
    for (const name of ['sha1', 'sha256']) {
      if (algorithms.includes(name) || (name === 'sha256' && sha256 !== undefined)) {
        this.#hashes.set(name, createHash(name));
      }
    }
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#length += chunk.length;
    if (this.#length > this.#expected.maxLength) {
      done(s3Failure('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size'));
      return;
    }
    for (const hash of this.#hashes.values()) hash.update(chunk);
    if (this.#expected.algorithms.includes('crc32')) this.#crc32 = crc32(chunk, this.#crc32);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    done(this.#findFault());
  }

  #findFault(): Error | null {
    const { length, sha256, md5, checksums } = this.#expected;
    if (length !== undefined && length !== this.#length) {
      return s3Failure('IncompleteBody', 400, 'You did not provide the number of bytes specified by Content-Length');
    }
    const digests = new Map([...this.#hashes].map(([name, hash]) => [name, hash.digest()]));
    if (sha256 !== undefined && digests.get('sha256')?.toString('hex') !== sha256.toLowerCase()) {
      return s3Failure(
        'XAmzContentSHA256Mismatch',
        400,
        "The provided 'x-amz-content-sha256' does not match the body.",
      );
    }
    if (md5 !== undefined && digests.get('md5')?.toString('base64') !== md5) {
      return s3Failure('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.');
    }
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.#crc32);
    digests.set('crc32', crc);
    for (const [name, value] of checksums()) {
      // CRC32C and CRC64NVME are taken on trust: Node has neither.
      const digest = digests.get(name.slice(CHECKSUM.length));
      if (digest !== undefined && digest.toString('base64') !== value) {
        return s3Failure('BadDigest', 400, `The ${name} you specified did not match the calculated checksum.`);
      }
    }
    return null;
  }
}

/** The checksum algorithms that a request's headers announce, in the header itself or for the trailer. */
export function announcedAlgorithms(headers: Readonly<Record<string, string | string[] | undefined>>): string[] {
  const trailers = String(headers['x-amz-trailer'] ?? '').split(',');
  return [...Object.keys(headers), ...trailers.map((name) => name.trim().toLowerCase())].flatMap((name) =>
    name.startsWith(CHECKSUM) ? name.slice(CHECKSUM.length) : [],
  );
}

export function headerChecksums(headers: Readonly<Record<string, string | string[] | undefined>>): Map<string, string> {
  return new Map(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      name.startsWith(CHECKSUM) && name !== 'x-amz-checksum-algorithm' && typeof value === 'string'
        ? [[name, value]]
        : [],
    ),
  );
}
