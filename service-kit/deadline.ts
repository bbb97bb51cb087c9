/** A time limit on work that a signal aborts. */

/**
 * `work` with a signal that aborts with `signal`, or with a `TimeoutError` after `timeoutMs`. The work ends by itself
 * then: what it throws is thrown.
 *
 * In place of `AbortSignal.any([signal, AbortSignal.timeout(…)])`, which Node before 24 forgets with the next garbage
 * collection, so that the time is never over (https://github.com/nodejs/node/issues/57736).
 */
export async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new DOMException(`Not done within ${timeoutMs / 1000} s.`, 'TimeoutError'));
  }, timeoutMs);
  try {
    return await work(signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}
