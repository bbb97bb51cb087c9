/** Timeouts on a stream: so long until its first item, so long between two. */

/** Thrown where a peer said nothing for too long. */
export class StalledError extends Error {
  override name = 'StalledError';
}

export interface StallTimeouts {
  firstMs: number;
  nextMs: number;
}

/**
 * Passes `source` on. Where an item takes too long, `abort` is called, so that the request behind it ends.
 * @throws StalledError
 */
export async function* withStallTimeout<T>(
  source: AsyncIterable<T>,
  { firstMs, nextMs }: StallTimeouts,
  abort: () => void,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let limitMs = firstMs;
  try {
    for (;;) {
      const result = await before(iterator.next(), limitMs, abort);
      if (result.done === true) return;
      limitMs = nextMs;
      yield result.value;
    }
  } finally {
    // Not awaited: a stalled source would not answer.
    iterator.return?.().catch(() => undefined);
  }
}

/** @throws StalledError where `promise` has not settled within `limitMs` */
export async function before<T>(promise: Promise<T>, limitMs: number, abort: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StalledError(`nothing came for ${limitMs} ms`));
      abort();
    }, limitMs);
  });
  try {
    return await Promise.race([promise, stalled]);
  } finally {
    clearTimeout(timer);
  }
}
