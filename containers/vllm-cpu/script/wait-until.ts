/** Waiting for a moment, to a fraction of a millisecond and never less. */
import { setImmediate, setTimeout } from 'node:timers/promises';

/**
 * @param due on the clock of `performance.now()`
 * @throws AbortError when `signal` is aborted first
 */
export async function waitUntil(due: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  // Timers have whole milliseconds and are late by up to one: the rest is spent turn by turn.
  const coarse = Math.floor(due - performance.now()) - 1;
  if (coarse > 0) await setTimeout(coarse, undefined, { signal });
  while (performance.now() < due) await setImmediate(undefined, { signal });
}
