import { describe, expect, it } from '@jest/globals';
import { resample, Resampler } from './resample.ts';

const tone = (rate: number, hertz: number, seconds: number): Float32Array =>
  Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

function convert(samples: Float32Array, from: number, to: number, blockSize = samples.length): Float32Array {
  const resampler = new Resampler(from, to);
  const parts: number[] = [];
  for (let at = 0; at < samples.length; at += blockSize) {
    parts.push(...resampler.process(samples.subarray(at, at + blockSize)));
  }
  parts.push(...resampler.flush());
  return Float32Array.from(parts);
}

/** Root mean square of the difference, away from the edges, in dB of full scale. */
function errorDb(actual: Float32Array, expected: Float32Array): number {
  const margin = 400;
  let sum = 0;
  for (let i = margin; i < expected.length - margin; i++) sum += ((actual[i] ?? 0) - (expected[i] ?? 0)) ** 2;
  return 10 * Math.log10(sum / (expected.length - 2 * margin) + 1e-15);
}

describe('Resampler', () => {
  it.each([8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000])(
    'keeps a tone of speech, its time and its level, from %i Hz to 16 kHz',
    (rate) => {
      const converted = convert(tone(rate, 1000, 1), rate, 16_000);
      expect(Math.abs(converted.length - 16_000)).toBeLessThanOrEqual(1);
      expect(errorDb(converted, tone(16_000, 1000, 1))).toBeLessThan(-70);
    },
  );

  it.each([4_001, 44_056, 22_051, 191_999])('keeps an hour of the odd rate %i Hz in time within 0.02 s', (rate) => {
    const resampler = new Resampler(rate, 16_000);
    const second = new Float32Array(rate);
    const samples = Array.from({ length: 10 }, () => resampler.process(second).length).reduce((a, b) => a + b, 0);
    expect(Math.abs((samples + resampler.flush().length) / 16_000 - 10) * 360).toBeLessThan(0.04);
  });

  it.each([9_500, 12_000, 20_000])('removes a tone of %i Hz, which 16 kHz cannot carry', (hertz) => {
    const converted = convert(tone(44_100, hertz, 1), 44_100, 16_000);
    expect(errorDb(converted, new Float32Array(converted.length))).toBeLessThan(-70);
  });

  it('gives the same from blocks of any size', () => {
    const samples = tone(44_100, 440, 0.5);
    const whole = convert(samples, 44_100, 16_000);
    for (const size of [1, 7, 1000]) expect(convert(samples, 44_100, 16_000, size)).toEqual(whole);
  });

  it('gives the same from single samples of a much higher rate', () => {
    const samples = tone(192_000, 440, 0.05);
    expect(convert(samples, 192_000, 4_000, 1)).toEqual(convert(samples, 192_000, 4_000));
  });

  it('passes 16 kHz through untouched', () => {
    const samples = tone(16_000, 440, 0.1);
    expect(convert(samples, 16_000, 16_000)).toEqual(samples);
  });

  it.each([0, 100, 1_000_000, 44_100.5, Number.NaN])('refuses a rate of %d', (rate) => {
    expect(() => new Resampler(rate, 16_000)).toThrow(RangeError);
  });
});

describe('resample', () => {
  it.each([
    [16_000, 24_000],
    [8_000, 24_000],
    [24_000, 16_000],
  ])('turns a whole recording of %i Hz into as long a one of %i Hz', (from, to) => {
    const converted = resample(tone(from, 1000, 1), from, to);
    expect(Math.abs(converted.length - to)).toBeLessThanOrEqual(1);
    expect(errorDb(converted, tone(to, 1000, 1))).toBeLessThan(-60);
  });

  it('gives a recording of the right rate back untouched', () => {
    const samples = tone(24_000, 440, 0.1);
    expect(resample(samples, 24_000, 24_000)).toBe(samples);
  });
});
