/** Timeouts on a stream: so long until its first item, so long between two, and no longer than its server is there. */

/** Thrown where a peer said nothing for too long. */
export class StalledError extends Error {
  override name = 'StalledError';
}

export interface StallTimeouts {
  firstMs: number;
  nextMs: number;
}

/** Waits for what a server is to send, and rejects where that server has gone (engines/server-watch.ts). */
export interface Watch {
  wait: <T>(promise: Promise<T>) => Promise<T>;
}

/**
 * Passes `source` on. Where an item takes too long, or `watch` gives up, `abort` is called, so that the request behind
 * it ends.
 * @throws StalledError; what `watch` throws
 */
export async function* withStallTimeout<T>(
  source: AsyncIterable<T>,
  { firstMs, nextMs }: StallTimeouts,
  abort: () => void,
  watch?: Watch,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let limitMs = firstMs;
  try {
    for (;;) {
      const result = await before(iterator.next(), limitMs, abort, watch);
      if (result.done === true) return;
      limitMs = nextMs;
      yield result.value;
    }
  } finally {
    // Not awaited: a stalled source would not answer.
    iterator.return?.().catch(() => undefined);
  }
}

/** @throws StalledError where `promise` has not settled within `limitMs`; what `watch` throws */
export async function before<T>(promise: Promise<T>, limitMs: number, abort: () => void, watch?: Watch): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StalledError(`nothing came for ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([watch === undefined ? promise : watch.wait(promise), stalled]);
  } catch (error) {
    abort();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
