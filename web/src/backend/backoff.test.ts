import { describe, expect, it } from '@jest/globals';
import { backoffMs } from './backoff.ts';

describe('the wait before another try', () => {
  it('doubles with each failure, to half a minute and no further', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((failures) => backoffMs(failures, () => 1));
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is by chance between half of that and all of it', () => {
    expect(backoffMs(3, () => 0)).toBe(1_000);
    expect(backoffMs(3, () => 0.5)).toBe(1_500);
    for (let i = 0; i < 50; i++) expect(backoffMs(4)).toBeGreaterThanOrEqual(2_000);
  });
});
