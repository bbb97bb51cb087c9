/** Trying again what fails for a while: a model server that restarts, is busy or is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SynapscribeError } from '../protocol/errors.ts';

export interface Patience {
  firstBackoffMs: number;
  maxBackoffMs: number;
  /** Failures that may pass are tried again for this long. */
  giveUpMs: number;
  /** Others, which most likely will not pass, this many times in all. */
  attempts: number;
}

/**
 * Runs `work` until it succeeds, with exponential backoff and jitter.
 * @param work gets a signal of its own
 * @param onWaiting told true once it has failed, false when it goes on
 * @throws what `work` threw last, or the signal's reason
 */
export async function withPatience<T>(
  work: (signal: AbortSignal) => Promise<T>,
  patience: Patience,
  signal: AbortSignal,
  onWaiting: (waiting: boolean) => void = () => undefined,
): Promise<T> {
  const deadline = performance.now() + patience.giveUpMs;
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted();
    try {
      const result = await withOwnSignal(signal, work);
      if (failures > 0) onWaiting(false);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const passing = error instanceof SynapscribeError && error.retryable;
      if (passing ? performance.now() >= deadline : failures + 1 >= patience.attempts) throw error;
      onWaiting(true);
      const backoffMs = Math.min(patience.maxBackoffMs, patience.firstBackoffMs * 2 ** Math.min(failures, 20));
      await sleep(backoffMs * (0.5 + Math.random() / 2), undefined, { signal });
    }
  }
}

/** Clients leave their listeners on the signals they are given: on one of a whole lecture they would pile up. */
async function withOwnSignal<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const abort = (): void => own.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await work(own.signal);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
