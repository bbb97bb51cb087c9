/** A bounded number of answers at once, and a bounded line in front of them, first come first served. */
import { HttpError } from '../service-kit/http-errors.ts';

interface Waiter {
  enter: () => void;
}

/** What one more answer counts for in how long a place is held. */
const SMOOTHING = 0.2;
/** OpenAI's clients wait a minute at most; a listener does not. */
const MAX_RETRY_SECONDS = 30;

export class Admission {
  readonly #maxActive: number;
  readonly #maxWaiting: number;
  /** Milliseconds. */
  readonly #now: () => number;
  readonly #waiting: Waiter[] = [];
  #active = 0;
  /** How long a place has been held of late. */
  #heldMs = 0;

  constructor(maxActive: number, maxWaiting: number, now = (): number => performance.now()) {
    this.#maxActive = maxActive;
    this.#maxWaiting = maxWaiting;
    this.#now = now;
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves with the function that gives the place back; calling it again does nothing.
   * @throws HttpError 429 with `retry-after` where the line is full; the signal's reason once it aborts
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#active < this.#maxActive) this.#active++;
    else await this.#wait(signal);
    const enteredAt = this.#now();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#heldMs += SMOOTHING * (this.#now() - enteredAt - this.#heldMs);
      this.#leave();
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new HttpError(429, 'Too much is being spoken just now. Please try again in a moment.', {
        type: 'rate_limit_error',
        code: 'overloaded',
        // OpenAI's clients come again by themselves, and wait as they are told.
        headers: { 'retry-after': String(this.#retrySeconds()), 'x-should-retry': 'true' },
      });
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error('Aborted.'));
      };
      const waiter: Waiter = {
        enter: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** Until the line of now has been served, as places have been held of late; at least 1. */
  #retrySeconds(): number {
    const seconds = ((this.#heldMs / 1000) * this.#waiting.length) / this.#maxActive;
    return Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(seconds)));
  }

  /** The place goes to the next in line without becoming free in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#active--;
    else next.enter();
  }
}
