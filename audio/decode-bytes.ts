/** A stream of bytes that can be looked at ahead, read in exact lengths and skipped, holding only what was asked for. */

export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  #chunks: Uint8Array[] = [];
  #held = 0;
  #position = 0;
  #ended = false;

  /** `signal` ends a read that waits for the source. */
  constructor(source: AsyncIterable<Uint8Array>, signal?: AbortSignal) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /** Bytes read or skipped so far. */
  get position(): number {
    return this.#position;
  }

  /** The next `length` bytes, fewer only at the end, without taking them. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#held < length && (await this.#pull()));
    const first = this.#chunks[0];
    if (first === undefined) return new Uint8Array();
    if (first.length >= length) return first.subarray(0, length);
    this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]?.subarray(0, length) ?? new Uint8Array();
  }

  /** Takes the next `length` bytes, fewer only at the end. */
  async read(length: number): Promise<Uint8Array> {
    const bytes = await this.peek(length);
    this.#take(bytes.length);
    return bytes;
  }

  /** Passes over `length` bytes without holding them. */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      if (this.#held === 0 && !(await this.#pull())) return;
      const step = Math.min(left, this.#held);
      this.#take(step);
      left -= step;
    }
  }

  /** All that is left, or the next `length` bytes of it, as it comes. */
  async *stream(length = Infinity): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      if (this.#held === 0 && !(await this.#pull())) return;
      const chunk = (this.#chunks[0] ?? new Uint8Array()).subarray(0, left);
      this.#take(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  /** Lets go of the source. A source that hangs is not waited for. */
  close(): void {
    this.#chunks = [];
    this.#held = 0;
    if (this.#ended) return;
    this.#ended = true;
    void Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }

  async #pull(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await unlessAborted(this.#iterator.next(), this.#signal);
    if (next.done === true) {
      this.#ended = true;
      return false;
    }
    if (next.value.length > 0) {
      this.#chunks.push(next.value);
      this.#held += next.value.length;
    }
    return true;
  }

  #take(length: number): void {
    this.#position += length;
    this.#held -= length;
    let left = length;
    for (let first = this.#chunks[0]; first !== undefined && left > 0; first = this.#chunks[0]) {
      if (first.length > left) {
        this.#chunks[0] = first.subarray(left);
        return;
      }
      left -= first.length;
      this.#chunks.shift();
    }
  }
}

/** `promise`, or the signal's reason as soon as it aborts. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    promise.catch(() => undefined);
  }
}
