import { describe, expect, it } from '@jest/globals';
import { MAX_WAVEFORM_PEAKS, waveformSchema } from '../protocol/waveform.ts';
import { WaveformMeter } from './waveform.ts';

const RATE = 16_000;
const tone = (seconds: number, level: number): Float32Array =>
  Float32Array.from({ length: seconds * RATE }, (_, i) => level * Math.sin((i * Math.PI) / 8));

describe('a waveform', () => {
  it('shows what is loud and what is quiet, where it is', () => {
    const meter = new WaveformMeter(RATE);
    for (const level of [0, 1, 0.5]) meter.add(tone(1, level));
    const { secondsPerPeak, peaks } = meter.waveform;
    expect(secondsPerPeak).toBe(0.1);
    expect(peaks).toEqual([
      ...Array<number>(10).fill(0),
      ...Array<number>(10).fill(255),
      ...Array<number>(10).fill(128),
    ]);
  });

  it('does not depend on how the samples come', () => {
    const samples = tone(3.25, 0.7);
    const whole = new WaveformMeter(RATE);
    whole.add(samples);
    const parts = new WaveformMeter(RATE);
    for (let at = 0; at < samples.length; at += 777) parts.add(samples.subarray(at, at + 777));
    expect(parts.waveform).toEqual(whole.waveform);
    expect(whole.waveform.peaks).toHaveLength(33);
  });

  it('of hours is as small as that of minutes, and reaches the end', () => {
    const meter = new WaveformMeter(100);
    meter.add(new Float32Array(4 * 3600 * 100 - 500));
    meter.add(new Float32Array(500).fill(2));
    const { waveform } = meter;
    expect(waveformSchema.safeParse(waveform).success).toBe(true);
    expect(waveform.peaks.length).toBeGreaterThan(MAX_WAVEFORM_PEAKS / 4);
    expect(waveform.peaks.length * waveform.secondsPerPeak).toBeGreaterThanOrEqual(4 * 3600);
    expect(waveform.peaks.at(-1)).toBe(255);
    expect(waveform.peaks.at(-2)).toBe(0);
  });
});
