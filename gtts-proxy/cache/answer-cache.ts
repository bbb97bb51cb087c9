/** Answers made once: those on disk, and those being made, which whoever asks for the same hears along. */
import type { DiskStore } from './disk-store.ts';
import { SharedAnswer, type MakeAnswer } from './shared-answer.ts';

/** `hit` from disk · `joined` being made for another listener · `miss` made for this one. */
export type CacheResult = 'hit' | 'joined' | 'miss';

export interface FoundAnswer {
  result: CacheResult;
  audio: AsyncGenerator<Buffer>;
}

/** Over this an answer is not kept: nine minutes of MP3, or a minute and a half of WAV. It bounds memory, too. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export class AnswerCache {
  readonly #disk: DiskStore | undefined;
  readonly #maxAnswerBytes: number;
  readonly #inWork = new Map<string, SharedAnswer>();
  readonly #writes = new Set<Promise<void>>();

  /** Without `disk` nothing is kept, and what is asked for twice at once is still made once. */
  constructor(disk?: DiskStore, maxAnswerBytes = MAX_ANSWER_BYTES) {
    this.#disk = disk;
    this.#maxAnswerBytes = maxAnswerBytes;
  }

  get bytes(): number {
    return this.#disk?.bytes ?? 0;
  }

  get count(): number {
    return this.#disk?.count ?? 0;
  }

  /** An answer that is there or on its way; undefined where it would have to be made. */
  async find(key: string, signal: AbortSignal): Promise<FoundAnswer | undefined> {
    const inWork = this.#join(key, signal);
    if (inWork !== undefined) return inWork;
    const kept = await this.#disk?.find(key);
    return kept && { result: 'hit', audio: kept };
  }

  /** Has it made, unless somebody else came first. It is kept once it is whole, and never where it fails. */
  make(key: string, signal: AbortSignal, make: MakeAnswer): FoundAnswer {
    const inWork = this.#join(key, signal);
    if (inWork !== undefined) return inWork;
    const answer = new SharedAnswer(make, {
      maxBytes: this.#maxAnswerBytes,
      onEnd: (whole) => {
        if (whole === undefined || this.#disk === undefined) this.#inWork.delete(key);
        else this.#keep(this.#disk, key, whole);
      },
    });
    this.#inWork.set(key, answer);
    return { result: 'miss', audio: answer.listen(signal) };
  }

  /** Waits for what is being written. */
  async stop(): Promise<void> {
    await Promise.all(this.#writes);
    await this.#disk?.settle();
  }

  #join(key: string, signal: AbortSignal): FoundAnswer | undefined {
    const answer = this.#inWork.get(key);
    return answer && { result: 'joined', audio: answer.listen(signal) };
  }

  /** Until the file is there, the answer is joined in memory. */
  #keep(disk: DiskStore, key: string, whole: Buffer): void {
    const written = disk.keep(key, whole).finally(() => {
      this.#inWork.delete(key);
      this.#writes.delete(written);
    });
    this.#writes.add(written);
  }
}
