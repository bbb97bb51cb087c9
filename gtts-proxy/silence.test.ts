import { describe, expect, it } from '@jest/globals';
import { trimSilence } from './silence.ts';
import { largestStep } from './test-support/joins.ts';

const RATE = 24_000;
const silence = (seconds: number): number[] => Array.from({ length: seconds * RATE }, () => 0);
/** As loud as can be at its very edges. */
const sound = (seconds: number): number[] => Array.from({ length: seconds * RATE }, (_, i) => Math.cos(i / 20));

describe('trimSilence', () => {
  it('keeps as much silence as it is told, and no more', () => {
    const samples = Float32Array.from([...silence(1), ...sound(0.5), ...silence(2)]);
    expect(trimSilence(samples, RATE, { leadSeconds: 0.1, tailSeconds: 0.3 }).length / RATE).toBeCloseTo(0.9, 2);
    expect(trimSilence(samples, RATE).length / RATE).toBeCloseTo(0.555, 2);
  });

  it('adds no silence where there is none', () => {
    const samples = Float32Array.from(sound(0.5));
    expect(trimSilence(samples, RATE, { leadSeconds: 0.1, tailSeconds: 0.3 })).toHaveLength(samples.length);
  });

  it('lets a sound that reaches the edge be joined without a click', () => {
    const piece = trimSilence(Float32Array.from(sound(0.5)), RATE);
    const joined = Float32Array.from([...piece, ...silence(0.1), ...piece]);
    // Without the fade it would be 1.
    expect(largestStep(joined)).toBeLessThan(0.1);
  });

  it('leaves nothing of nothing', () => {
    expect(trimSilence(Float32Array.from(silence(1)), RATE)).toHaveLength(0);
    expect(trimSilence(new Float32Array(0), RATE)).toHaveLength(0);
  });

  it('leaves what it is given as it was', () => {
    const samples = Float32Array.from(sound(0.1));
    trimSilence(samples, RATE);
    expect(samples[0]).toBe(1);
  });
});
