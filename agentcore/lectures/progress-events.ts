/** A lecture's progress as events: at most one a second, and only where there is something new to say. */
import type { LectureProgress } from './transcribe-lecture.ts';

const MIN_INTERVAL_MS = 1_000;

export interface ProgressEvent {
  /** 0 to 1. */
  progress: number;
  message: string;
}

/** Passes on what is new; `now` is in milliseconds. */
export class ProgressThrottle {
  readonly #emit: (event: ProgressEvent) => void;
  readonly #now: () => number;
  #lastAt = -Infinity;
  #lastMessage = '';

  constructor(emit: (event: ProgressEvent) => void, now: () => number = () => performance.now()) {
    this.#emit = emit;
    this.#now = now;
  }

  report({ share, waiting }: LectureProgress): void {
    const percent = Math.floor(share * 100);
    const message = waiting
      ? 'Waiting for the speech recognizer. The lecture goes on by itself.'
      : `Transcribing: ${percent} % done.`;
    const now = this.#now();
    if (message === this.#lastMessage || now - this.#lastAt < MIN_INTERVAL_MS) return;
    this.#lastAt = now;
    this.#lastMessage = message;
    // "Done" is said once the transcript is stored.
    this.#emit({ progress: Math.min(0.99, share), message });
  }
}
