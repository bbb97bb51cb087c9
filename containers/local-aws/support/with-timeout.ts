/** A time limit on work that cannot be stopped. */

export class TimeoutError extends Error {
  override name = 'TimeoutError';
}

/** Settles with `work`, or rejects with a TimeoutError after `ms`; the work goes on. */
export async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`No answer within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
