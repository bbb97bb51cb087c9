/** Waiting for what has no event to wait for. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/** Resolves once it holds. @throws Error that says `what` did not come about in time */
export async function until(what: string, holds: () => boolean | Promise<boolean>, maxWaitMs: number): Promise<void> {
  const deadline = Date.now() + maxWaitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${maxWaitMs} ms`);
    await sleep(LOOK_EVERY_MS);
  }
}
