import { describe, expect, it } from '@jest/globals';
import { decodeAudio, SAMPLE_RATE } from '../../../audio/decode.ts';
import { encodeMp3 } from '../../../audio/mp3.ts';
import { withoutCodecSilence } from './codec-silence.ts';

const RATE = 24_000;
const tone = (seconds: number): Float32Array =>
  Float32Array.from({ length: seconds * RATE }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / RATE));
const piece = (lead: number, speech: number, tail: number): Float32Array =>
  Float32Array.from([...new Float32Array(lead), ...new Float32Array(speech).fill(0.3), ...new Float32Array(tail)]);

async function decoded(mp3: Uint8Array): Promise<Float32Array> {
  const blocks: number[] = [];
  async function* whole() {
    yield await Promise.resolve(mp3);
  }
  for await (const block of decodeAudio(whole(), { maxSeconds: 60 })) blocks.push(...block);
  return Float32Array.from(blocks);
}

describe('what a codec adds', () => {
  it('is taken off at both ends', () => {
    expect(withoutCodecSilence(piece(1_105, 5_000, 700), RATE, RATE)).toEqual({ start: 1_105, end: 6_105 });
    expect(withoutCodecSilence(piece(2_200, 9_000, 1_400), RATE, 2 * RATE)).toEqual({ start: 2_200, end: 11_200 });
  });

  it('is all that is taken off: a pause that was spoken stays', () => {
    expect(withoutCodecSilence(piece(9_000, 5_000, 9_000), RATE, RATE)).toEqual({ start: 1_152, end: 21_272 });
  });

  it('is not looked for in what is silent altogether', () => {
    expect(withoutCodecSilence(new Float32Array(1_000), RATE, RATE)).toEqual({ start: 0, end: 1_000 });
  });

  it('is what this system’s own MP3 has: the rest is as long as what was spoken, to a few milliseconds', async () => {
    const samples = await decoded(await encodeMp3(tone(1), { sampleRate: RATE }));
    const { start, end } = withoutCodecSilence(samples, RATE, SAMPLE_RATE);
    expect(samples.length / SAMPLE_RATE).toBeGreaterThan(1.03);
    expect((end - start) / SAMPLE_RATE).toBeCloseTo(1, 1.7);
  });
});
