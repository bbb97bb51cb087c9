import { describe, expect, it } from '@jest/globals';
import decode from 'audio-decode';
import { encodeMp3, Mp3Encoder } from './mp3.ts';

const SAMPLE_RATE = 24_000;

function tone(seconds: number, hertz = 440): Float32Array {
  return Float32Array.from(
    { length: seconds * SAMPLE_RATE },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / SAMPLE_RATE),
  );
}

/** How often the middle of the decoded signal crosses zero upwards, a second. */
function pitch(samples: Float32Array): number {
  const middle = samples.subarray(SAMPLE_RATE / 4, (3 * SAMPLE_RATE) / 4);
  return 2 * middle.filter((sample, i) => sample >= 0 && (middle[i - 1] ?? 0) < 0).length;
}

describe('Mp3Encoder', () => {
  it('encodes mono samples that decode to the same tone, length and rate', async () => {
    const { channelData, sampleRate } = await decode(await encodeMp3(tone(1), { sampleRate: SAMPLE_RATE }));
    expect(channelData).toHaveLength(1);
    expect(sampleRate).toBe(SAMPLE_RATE);
    const samples = channelData[0] ?? new Float32Array();
    expect(Math.abs(samples.length / SAMPLE_RATE - 1)).toBeLessThan(0.12);
    expect(Math.abs(pitch(samples) - 440)).toBeLessThan(6);
    expect(Math.max(...samples)).toBeGreaterThan(0.4);
  });

  it('gives frames while samples come, and the same bytes however they are cut', async () => {
    const samples = tone(2);
    const encoder = await Mp3Encoder.create({ sampleRate: SAMPLE_RATE });
    const buffers: Buffer[] = [];
    for (let i = 0; i < samples.length; i += 1000) buffers.push(encoder.encode(samples.subarray(i, i + 1000)));
    expect(Buffer.concat(buffers.slice(0, 10)).length).toBeGreaterThan(0);
    buffers.push(encoder.finish());
    expect(Buffer.concat(buffers).equals(await encodeMp3(samples, { sampleRate: SAMPLE_RATE }))).toBe(true);
  });

  it('takes 16-bit samples too', async () => {
    const pcm = Int16Array.from(tone(1), (sample) => sample * 0x8000);
    const { channelData } = await decode(await encodeMp3(pcm, { sampleRate: SAMPLE_RATE }));
    expect(Math.max(...(channelData[0] ?? []))).toBeGreaterThan(0.4);
  });

  it('starts anew after a stream that was discarded half-way', async () => {
    const whole = await encodeMp3(tone(1), { sampleRate: SAMPLE_RATE });
    const abandoned = await Mp3Encoder.create({ sampleRate: SAMPLE_RATE, kilobits: 128 });
    abandoned.encode(tone(0.5, 1000));
    abandoned.discard();
    expect((await encodeMp3(tone(1), { sampleRate: SAMPLE_RATE })).equals(whole)).toBe(true);
    expect(() => abandoned.encode(tone(0.1))).toThrow('ended');
  });
});
