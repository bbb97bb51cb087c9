import { describe, expect, it } from '@jest/globals';
import { isSteadySound } from './steady-sound.ts';
import { transcribe, type Hear } from './transcribe.ts';

const RATE = 16_000;
const { signal } = new AbortController();

/** Bursts of noise with the rhythm of syllables: enough for what looks at levels only. */
function speechLike(seconds: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: seconds * RATE }, (_, i) => {
    seed = (seed * 16_807) % 2_147_483_647;
    const time = i / RATE;
    const pause = time % 4 > 3.4 ? 0 : 1;
    return pause * (0.05 + 0.25 * Math.abs(Math.sin(2 * Math.PI * 2 * time))) * (seed / 1_073_741_823.5 - 1);
  });
}
const tone = (seconds: number): Float32Array =>
  Float32Array.from({ length: seconds * RATE }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / RATE));

async function collect(samples: Float32Array, hear: Hear): Promise<string[]> {
  const texts: string[] = [];
  for await (const text of transcribe(samples, hear, signal)) texts.push(text);
  return texts;
}

describe('transcribe', () => {
  it('hears a long recording in windows of at most 28 s, in order', async () => {
    const lengths: number[] = [];
    const texts = await collect(speechLike(100), (samples) => {
      lengths.push(samples.length / RATE);
      return Promise.resolve({ text: `part ${lengths.length}`, derailed: false });
    });
    expect(Math.max(...lengths)).toBeLessThanOrEqual(28);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(80);
    expect(texts).toEqual(lengths.map((_, i) => `part ${i + 1}`));
  });

  it('never asks the model about silence, hiss or a tone', async () => {
    const hear: Hear = () => Promise.reject(new Error('asked'));
    const hiss = speechLike(1).map((_, i) => 0.002 * Math.sin(i * i));
    expect(await collect(new Float32Array(5 * RATE), hear)).toEqual([]);
    expect(await collect(hiss, hear)).toEqual([]);
    expect(await collect(tone(5), hear)).toEqual([]);
    expect(await collect(new Float32Array(0), hear)).toEqual([]);
  });

  it('hears a window again from where it becomes loud, if it heard nothing: soft music before speech', async () => {
    const soft = tone(3).map((v, i) => v * 0.03 * (1 + Math.sin(i / 2_000)));
    const window = Float32Array.from([...soft, ...speechLike(3)]);
    const lengths: number[] = [];
    const texts = await collect(window, (samples) => {
      lengths.push(samples.length / RATE);
      return Promise.resolve({ text: lengths.length === 1 ? '' : 'heard', derailed: false });
    });
    expect(texts).toEqual(['heard']);
    expect(lengths[0]).toBeGreaterThan(5);
    expect(lengths[1]).toBeCloseTo(3, 0);
  });

  it('hears music again in halves, once', async () => {
    let calls = 0;
    const nothing: Hear = () => Promise.resolve({ text: '', derailed: calls++ < 0 });
    expect(await collect(speechLike(25), nothing)).toEqual([]);
    expect(calls).toBeLessThan(8);
  });

  it('drops a text without a letter', async () => {
    expect(await collect(speechLike(3), () => Promise.resolve({ text: ' ...', derailed: false }))).toEqual([]);
  });

  it('hears a window again in parts when the model went astray in it', async () => {
    let calls = 0;
    const texts = await collect(speechLike(20), () => {
      calls++;
      return Promise.resolve({ text: `text ${calls}`, derailed: calls === 1 });
    });
    expect(calls).toBeGreaterThanOrEqual(3);
    expect(texts).not.toContain('text 1');
  });

  it('stops between windows when nobody listens any more', async () => {
    const leaving = new AbortController();
    const heard: string[] = [];
    const listen = async (): Promise<void> => {
      const hear: Hear = () => Promise.resolve({ text: 'a text', derailed: false });
      for await (const text of transcribe(speechLike(100), hear, leaving.signal)) {
        heard.push(text);
        leaving.abort();
      }
    };
    await expect(listen()).rejects.toThrow(/abort/);
    expect(heard).toHaveLength(1);
  });
});

describe('isSteadySound', () => {
  it('knows a tone with silence around it', () => {
    const padded = new Float32Array(3 * RATE);
    padded.set(tone(2), RATE / 2);
    expect(isSteadySound(padded)).toBe(true);
  });

  it('takes nothing that has the rhythm of speech', () => {
    expect(isSteadySound(speechLike(3))).toBe(false);
  });

  it('does not judge what is shorter than a word', () => {
    expect(isSteadySound(tone(1).subarray(0, RATE / 10))).toBe(false);
  });
});
