/**
 * Reads parts of a source that is too large to hold: one window in memory, larger while reading goes straight on, and a
 * bound on all that is fetched, so that a hostile file costs no more than an honest one.
 */
import { SynapscribeError } from '../../protocol/errors.ts';

export interface AudioSource {
  /** In bytes. */
  size: number;
  /** The bytes from `start` to `endInclusive`, both inside the source. */
  read: (start: number, endInclusive: number) => Promise<Uint8Array>;
}

export interface RangeReaderOptions {
  signal?: AbortSignal | undefined;
  /** Of all fetches together. */
  maxBytes?: number;
  maxFetches?: number;
}

const MIN_FETCH_BYTES = 64 * 1024;
const MAX_FETCH_BYTES = 4 * 1024 * 1024;
/** Four hours of MP3 at 320 kbit/s, which has to be read whole, and its tags. */
const DEFAULT_MAX_BYTES = 700_000_000;
const DEFAULT_MAX_FETCHES = 5_000;

export class RangeReader {
  readonly size: number;
  readonly #source: AudioSource;
  readonly #signal: AbortSignal | undefined;
  #bytesLeft: number;
  #fetchesLeft: number;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;
  #fetchBytes = MIN_FETCH_BYTES;

  constructor(source: AudioSource, options: RangeReaderOptions = {}) {
    this.size = source.size;
    this.#source = source;
    this.#signal = options.signal;
    this.#bytesLeft = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#fetchesLeft = options.maxFetches ?? DEFAULT_MAX_FETCHES;
  }

  /**
   * The bytes from `start`: `length` of them, fewer only at the end of the source. Valid until the next call.
   * @throws SynapscribeError unsupported_audio where the file makes it read more than any recording does
   */
  async read(start: number, length: number): Promise<Buffer> {
    const end = Math.min(this.size, start + length);
    if (start >= end) return Buffer.alloc(0);
    const windowEnd = this.#windowStart + this.#window.length;
    if (start < this.#windowStart || end > windowEnd) {
      const goesOn = start >= this.#windowStart && start <= windowEnd;
      this.#fetchBytes = goesOn ? Math.min(MAX_FETCH_BYTES, this.#fetchBytes * 2) : MIN_FETCH_BYTES;
      await this.#fetch(start, Math.min(this.size, Math.max(end, start + this.#fetchBytes)));
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart);
  }

  /** From `start`, whatever is at hand, but at least `length` bytes unless the source ends. */
  async readAhead(start: number, length: number): Promise<Buffer> {
    await this.read(start, length);
    return this.#window.subarray(Math.max(0, start - this.#windowStart));
  }

  async #fetch(start: number, end: number): Promise<void> {
    this.#signal?.throwIfAborted();
    this.#bytesLeft -= end - start;
    this.#fetchesLeft--;
    if (this.#bytesLeft < 0 || this.#fetchesLeft < 0) {
      throw new SynapscribeError('unsupported_audio', 'The file is too scattered or too large to be read.');
    }
    const bytes = await this.#source.read(start, end - 1);
    if (bytes.length !== end - start) {
      throw new Error(`The source gave ${bytes.length} bytes where ${end - start} were asked for.`);
    }
    this.#window = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#windowStart = start;
  }
}
