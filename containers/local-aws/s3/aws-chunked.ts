/**
 * The `aws-chunked` encoding with unsigned chunks and a trailer, in which the SDKs send bodies.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { Transform, type TransformCallback } from 'node:stream';
import { s3Failure } from './s3-failure.ts';

const CRLF = Buffer.from('\r\n');
const MAX_LINE_BYTES = 1024;
const MAX_TRAILERS = 16;

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'end';

/** Chunks in, content out; `trailers` is complete when the stream ends. */
export class AwsChunkedDecoder extends Transform {
  readonly trailers = new Map<string, string>();
  #state: State = 'size';
  #line = Buffer.alloc(0);
  #remaining = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      let rest = chunk;
      while (rest.length > 0) rest = this.#state === 'data' ? this.#takeData(rest) : this.#takeLine(rest);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _flush(done: TransformCallback): void {
    done(this.#state === 'end' ? null : incompleteBody());
  }

  #takeData(chunk: Buffer): Buffer {
    const data = chunk.subarray(0, this.#remaining);
    this.push(data);
    this.#remaining -= data.length;
    if (this.#remaining === 0) this.#state = 'data-end';
    return chunk.subarray(data.length);
  }

  #takeLine(chunk: Buffer): Buffer {
    const before = this.#line.length;
    const seen = Buffer.concat([this.#line, chunk]);
    const end = seen.indexOf(CRLF, Math.max(0, before - 1));
    if (end === -1) {
      if (seen.length > MAX_LINE_BYTES) throw incompleteBody();
      this.#line = seen;
      return Buffer.alloc(0);
    }
    this.#line = Buffer.alloc(0);
    this.#endLine(seen.toString('latin1', 0, end));
    return seen.subarray(end + CRLF.length);
  }

  #endLine(line: string): void {
    switch (this.#state) {
      case 'size': {
        const [, hex] = /^([0-9a-fA-F]{1,12})(?:;.*)?$/.exec(line) ?? [];
        if (hex === undefined) throw incompleteBody();
        this.#remaining = Number.parseInt(hex, 16);
        this.#state = this.#remaining === 0 ? 'trailer' : 'data';
        return;
      }
      case 'data-end':
        if (line !== '') throw incompleteBody();
        this.#state = 'size';
        return;
      case 'trailer': {
        if (line === '') {
          this.#state = 'end';
          return;
        }
        const colon = line.indexOf(':');
        if (colon === -1 || this.trailers.size >= MAX_TRAILERS) throw incompleteBody();
        this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
        return;
      }
      default:
        throw incompleteBody();
    }
  }
}

const incompleteBody = () => s3Failure('IncompleteBody', 400, 'The request body terminated unexpectedly');
