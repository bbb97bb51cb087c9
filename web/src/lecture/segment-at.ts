/** Which of a transcript's segments is said at a time. */
import type { Segment } from '../../../protocol/items.ts';

/** @returns the index of the last segment that has begun; -1 before the first */
export function segmentAt(segments: readonly Pick<Segment, 'start'>[], seconds: number): number {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.start ?? Infinity) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
