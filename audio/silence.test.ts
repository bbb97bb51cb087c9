import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import decode from 'audio-decode';
import { cutAtSilences, cutUtterances, UtteranceCutter, type Utterance } from './silence.ts';

const RATE = 16_000;
const options = { sampleRate: RATE, maxSeconds: 28 };

/** The clips' speech, without their own silence at the edges, 3.7 s and 8.3 s or so. */
let clips: Float32Array[];

beforeAll(async () => {
  clips = await Promise.all(
    ['austen-0880', 'austen-0890'].map(async (name) => {
      const file = new URL(`../test/fixtures/audio/${name}.flac`, import.meta.url);
      const { channelData } = await decode(await readFile(file));
      const samples = channelData[0] ?? new Float32Array();
      const [piece] = cutAtSilences(samples, options);
      return piece?.samples ?? samples;
    }),
  );
});

const silence = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * RATE));
const join = (...parts: Float32Array[]): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
/** Repeatable noise, uniform in [-1, 1]. */
function noise(seconds: number, gain: number): Float32Array {
  let state = 12345;
  return silence(seconds).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (gain * state) / 0x80000000;
  });
}
const hum = (seconds: number, gain: number): Float32Array =>
  silence(seconds).map(
    (_, i) => gain * (Math.sin((2 * Math.PI * 50 * i) / RATE) + 0.3 * Math.sin((2 * Math.PI * 150 * i) / RATE)),
  );
const mix = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => value + (b[i] ?? 0));
const cut = (samples: Float32Array, cutOptions = options): Utterance[] => {
  const cutter = new UtteranceCutter(cutOptions);
  return [...cutter.push(samples), ...cutter.flush()];
};
const clip = (index: number): Float32Array => clips[index] ?? silence(0);

describe('cutting a recording at pauses', () => {
  /** Silence, a clip, 3 s, the other clip, and so on for about a minute, with the true times of the clips. */
  function lecture(): { samples: Float32Array; truth: { start: number; end: number }[] } {
    const parts = [silence(4)];
    const truth = [];
    let at = 4;
    for (let i = 0; i < 8; i++) {
      const speech = clip(i % 2);
      truth.push({ start: at, end: at + speech.length / RATE });
      parts.push(speech, silence(3));
      at += speech.length / RATE + 3;
    }
    return { samples: join(...parts), truth };
  }

  it.each([
    ['as it is', (s: Float32Array) => s],
    ['very quiet', (s: Float32Array) => s.map((v) => v * 0.01)],
    ['loud and clipped', (s: Float32Array) => s.map((v) => Math.max(-1, Math.min(1, v * 20)))],
    ['over mains hum', (s: Float32Array) => mix(s, hum(s.length / RATE, 0.05))],
    ['over noise', (s: Float32Array) => mix(s, noise(s.length / RATE, 0.01))],
    ['with an offset', (s: Float32Array) => s.map((v) => v + 0.2)],
  ])('finds each stretch of speech within 0.4 s, %s', (_, change) => {
    const { samples, truth } = lecture();
    const pieces = cut(change(samples));
    expect(pieces).toHaveLength(truth.length);
    for (const [i, piece] of pieces.entries()) {
      expect(Math.abs(piece.start - (truth[i]?.start ?? 0))).toBeLessThan(0.4);
      expect(Math.abs(piece.end - (truth[i]?.end ?? 0))).toBeLessThan(0.4);
    }
  });

  it('gives pieces whose samples are the recording at their times', () => {
    const { samples } = lecture();
    for (const piece of cut(samples)) {
      const from = Math.round(piece.start * RATE);
      expect(piece.samples).toEqual(samples.subarray(from, from + piece.samples.length));
      expect(piece.end - piece.start).toBeCloseTo(piece.samples.length / RATE, 6);
      for (const span of piece.voiced) {
        expect(span.start).toBeGreaterThanOrEqual(piece.start);
        expect(span.end).toBeLessThanOrEqual(piece.end);
        expect(span.end).toBeGreaterThan(span.start);
      }
    }
  });

  it('cuts speech with short pauses into pieces within the aim, losing none of it', () => {
    const parts = Array.from({ length: 20 }, (_, i) => join(clip(i % 2), silence(0.4)));
    const pieces = cut(join(...parts));
    const lengths = pieces.slice(0, -1).map((piece) => piece.end - piece.start);
    expect(Math.min(...lengths)).toBeGreaterThan(6);
    expect(Math.max(...lengths)).toBeLessThan(24);
    for (const [i, piece] of pieces.entries()) expect(piece.start - (pieces[i - 1]?.end ?? 0)).toBeLessThan(1);
  });

  it('cuts sound without any pause at the hard limit', () => {
    const chirps = silence(100).map((_, i) => 0.3 * Math.sin(i * 0.2) * (i % 800 < 500 ? 1 : 0.2));
    const pieces = cut(chirps);
    for (const piece of pieces) expect(piece.samples.length).toBeLessThanOrEqual(28 * RATE);
  });

  it.each([
    ['digital silence', silence(90)],
    ['nothing', silence(0)],
    ['steady noise', noise(90, 0.05)],
    ['mains hum', hum(90, 0.2)],
    ['faint noise after digital silence', join(silence(40), noise(40, 0.01))],
  ])('gives no piece for %s', (_, samples) => {
    expect(cut(samples)).toEqual([]);
  });

  it('survives samples that are no numbers', () => {
    expect(cut(silence(40).fill(Number.NaN))).toEqual([]);
  });

  it('gives the same pieces from a stream of blocks of any size', async () => {
    const { samples } = lecture();
    async function* blocks(): AsyncGenerator<Float32Array> {
      for (let at = 0, size = 1; at < samples.length; at += size, size = ((size * 7) % 5000) + 1) {
        yield samples.subarray(at, at + size);
        await Promise.resolve();
      }
    }
    const streamed: Utterance[] = [];
    for await (const piece of cutUtterances(blocks(), options)) streamed.push(piece);
    expect(streamed).toEqual(cut(samples));
  });
});

describe('cutAtSilences', () => {
  it('keeps a short recording whole, without the silence around it', () => {
    const pieces = cutAtSilences(join(silence(1.5), clip(0), silence(1)), { sampleRate: RATE, maxSeconds: 30 });
    expect(pieces).toHaveLength(1);
    expect(pieces[0]?.start).toBeCloseTo(1.5, 0);
    expect(Math.abs((pieces[0]?.samples.length ?? 0) - clip(0).length)).toBeLessThan(0.5 * RATE);
  });
});
