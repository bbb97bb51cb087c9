import { describe, expect, it } from '@jest/globals';
import { segmentAt } from './segment-at.ts';

describe('what is said at a time', () => {
  const segments = [{ start: 0.4 }, { start: 5 }, { start: 9.5 }];
  it.each([
    [0, -1],
    [0.4, 0],
    [4.99, 0],
    [5, 1],
    [9.5, 2],
    [500, 2],
  ])('of %s s is segment %s', (seconds, index) => expect(segmentAt(segments, seconds)).toBe(index));

  it('is nothing where there are none', () => expect(segmentAt([], 3)).toBe(-1));
});
