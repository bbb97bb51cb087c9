import { describe, expect, it } from '@jest/globals';
import { clockTime, roughLength, spokenTime, wholeLength } from './format-time.ts';

describe('a time', () => {
  it.each([
    [0, '0:00', '0 seconds', '1 s'],
    [61.9, '1:01', '1 minute 1 second', '62 s'],
    [175, '2:55', '2 minutes 55 seconds', '3 min'],
    [3_600, '1:00:00', '1 hour', '1 h'],
    [4_805, '1:20:05', '1 hour 20 minutes 5 seconds', '1 h 20 min'],
    [-3, '0:00', '0 seconds', '1 s'],
  ])('of %s s is %s on a clock, "%s" aloud, and %s in a list', (seconds, clock, aloud, rough) => {
    expect([clockTime(seconds), spokenTime(seconds), roughLength(seconds)]).toEqual([clock, aloud, rough]);
  });
});

it('a length is the same on the clock as in words: what lasts 4.96 s is not 0:04', () => {
  expect([clockTime(wholeLength(4.96)), roughLength(4.96)]).toEqual(['0:05', '5 s']);
});
