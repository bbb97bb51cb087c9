/** One answer being made, heard by all who ask for the same meanwhile; no work goes on once all of them have left. */
import { untilAborted } from '../../service-kit/until-aborted.ts';

export type MakeAnswer = (signal: AbortSignal) => AsyncIterable<Buffer>;

export interface SharedAnswerOptions {
  /** What is longer is not kept: nobody may join it any more, and what all have heard is forgotten. */
  maxBytes: number;
  /** Told once, when nobody may join any more. `whole` is the answer where it came to its end and was not too long. */
  onEnd: (whole: Buffer | undefined) => void;
}

interface Listener {
  /** How many chunks it has taken. */
  position: number;
}

export class SharedAnswer {
  readonly #source: AsyncIterator<Buffer>;
  readonly #options: SharedAnswerOptions;
  readonly #abandoned = new AbortController();
  readonly #listeners = new Set<Listener>();
  #chunks: Buffer[] = [];
  /** Chunks that were forgotten, before the first of `#chunks`. */
  #forgotten = 0;
  #bytes = 0;
  #isTooLong = false;
  #step: Promise<void> | undefined;
  #isDone = false;
  #hasEnded = false;
  #failure: Error | undefined;

  constructor(make: MakeAnswer, options: SharedAnswerOptions) {
    this.#source = make(this.#abandoned.signal)[Symbol.asyncIterator]();
    this.#options = options;
  }

  /**
   * The answer from its beginning. It is made at the pace of its fastest listener. The caller counts as a listener from
   * now on, and has to read or to close what it gets.
   * @throws whatever the making throws; the signal's reason once it aborts, whoever else listens on
   */
  listen(signal: AbortSignal): AsyncGenerator<Buffer> {
    const listener: Listener = { position: 0 };
    this.#listeners.add(listener);
    return this.#read(listener, signal);
  }

  async *#read(listener: Listener, signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const chunk = this.#chunks[listener.position - this.#forgotten];
        if (chunk !== undefined) {
          listener.position++;
          this.#forget();
          yield chunk;
        } else if (this.#failure !== undefined) {
          throw this.#failure;
        } else if (this.#isDone) {
          return;
        } else {
          this.#step ??= this.#advance();
          await untilAborted(this.#step, signal);
        }
      }
    } finally {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#abandon();
    }
  }

  /** Takes the next chunk from the source. Never rejects. */
  async #advance(): Promise<void> {
    try {
      const next = await this.#source.next();
      if (next.done === true) {
        this.#isDone = true;
        this.#end(this.#isTooLong ? undefined : Buffer.concat(this.#chunks));
      } else {
        this.#chunks.push(next.value);
        this.#bytes += next.value.length;
        if (this.#bytes > this.#options.maxBytes) this.#isTooLong = true;
        if (this.#isTooLong) this.#end(undefined);
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error('The answer failed.', { cause: error });
      this.#end(undefined);
    } finally {
      this.#step = undefined;
    }
  }

  #forget(): void {
    if (!this.#isTooLong) return;
    const heard = Math.min(...[...this.#listeners].map(({ position }) => position));
    this.#chunks.splice(0, heard - this.#forgotten);
    this.#forgotten = heard;
  }

  #abandon(): void {
    if (this.#isDone || this.#failure !== undefined) return;
    this.#failure = new Error('Nobody listens any more.');
    this.#end(undefined);
    this.#abandoned.abort(this.#failure);
    // Closes the engine's generator; where it is amid a step, the abort ends that first.
    void this.#source.return?.().catch(() => undefined);
  }

  #end(whole: Buffer | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#options.onEnd(whole);
  }
}
