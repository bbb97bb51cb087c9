/** How long to wait before another try, so that many pages do not all come back at once. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Exponential backoff with half of it by chance.
 * @param failures in a row, 1 for the first
 * @param random 0 to 1
 * @returns milliseconds
 * @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(longest / 2 + (longest / 2) * random());
}
