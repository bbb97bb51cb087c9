import { describe, expect, it } from '@jest/globals';
import { resample } from './resample.ts';

function tone(length: number, rate: number, hertz: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));
}

/** The largest difference away from the ends, where the filter has both its sides. */
function largestError(actual: Float32Array, expected: Float32Array): number {
  return Math.max(...actual.subarray(200, -200).map((sample, i) => Math.abs(sample - (expected[i + 200] ?? 0))));
}

describe('resample', () => {
  it.each([
    [16_000, 24_000, 300],
    [16_000, 24_000, 5000],
    [8000, 24_000, 1000],
    [24_000, 16_000, 5000],
  ])('turns %d Hz into %d Hz without changing a tone of %d Hz', (from, to, hertz) => {
    const actual = resample(tone(from, from, hertz), from, to);
    expect(actual).toHaveLength(to);
    expect(largestError(actual, tone(to, to, hertz))).toBeLessThan(0.002);
  });

  it('leaves out what the lower rate cannot hold', () => {
    const actual = resample(tone(24_000, 24_000, 10_000), 24_000, 16_000);
    expect(largestError(actual, new Float32Array(16_000))).toBeLessThan(0.002);
  });

  it('returns samples of the right rate untouched', () => {
    const samples = tone(100, 24_000, 440);
    expect(resample(samples, 24_000, 24_000)).toBe(samples);
  });
});
