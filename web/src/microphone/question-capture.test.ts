import { describe, expect, it } from '@jest/globals';
import { QUESTION_RATE, QuestionCapture } from './question-capture.ts';

/** A tone as a microphone gives it: 128 samples at a time, always in the same memory. */
function record(sampleRate: number, seconds: number, channels = 1): { pcm: number[]; levels: number[] } {
  const capture = new QuestionCapture(sampleRate);
  const memory = Array.from({ length: channels }, () => new Float32Array(128));
  const blocks = [];
  for (let at = 0; at < sampleRate * seconds; at += 128) {
    for (const channel of memory) {
      for (let i = 0; i < 128; i++) channel[i] = 0.5 * Math.sin((2 * Math.PI * 400 * (at + i)) / sampleRate);
    }
    blocks.push(capture.add(memory));
  }
  blocks.push(capture.finish());
  const given = blocks.flatMap((block) => block ?? []);
  return { pcm: given.flatMap(({ pcm }) => [...pcm]), levels: given.map(({ level }) => level) };
}

describe('a question from the microphone', () => {
  it.each([16_000, 44_100, 48_000])('at %s Hz is the same sound at 16 kHz', (rate) => {
    const { pcm } = record(rate, 1);
    expect(pcm.length / QUESTION_RATE).toBeCloseTo(1, 1);
    const middle = pcm.slice(4_000, 12_000);
    const expected = middle.map((_, i) => 0.5 * 32_767 * Math.sin((2 * Math.PI * 400 * (4_000 + i)) / QUESTION_RATE));
    const error = Math.sqrt(middle.reduce((sum, sample, i) => sum + (sample - (expected[i] ?? 0)) ** 2, 0) / 8_000);
    expect(error).toBeLessThan(40);
  });

  it('is mixed from all channels', () => {
    const { pcm } = record(48_000, 0.5, 2);
    expect(Math.max(...pcm)).toBeGreaterThan(16_000);
    expect(Math.max(...pcm)).toBeLessThan(16_600);
  });

  it('tells how loud it is, ten times a second', () => {
    const { levels } = record(48_000, 2);
    expect(levels.length).toBeGreaterThan(18);
    expect(levels.slice(2, 15).every((level) => level > 0.45 && level < 0.55)).toBe(true);
  });

  it('may be nothing', () => {
    const capture = new QuestionCapture(48_000);
    expect(capture.add([])).toBeUndefined();
    expect(capture.finish()).toMatchObject({ level: 0 });
  });
});
