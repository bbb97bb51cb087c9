/** A lecture joined from real voices with known pauses, through the real recogniser in a process of its own. */
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { decodeAudio } from '../../audio/decode.ts';
import { encodeWav } from '../../audio/wav.ts';
import { startRecognizer, type RecognizerProcess } from '../../test/support/recognizer-process.ts';
import { EngineServer } from '../engines/engine-server.ts';
import { OpenAiRecognizer } from '../engines/openai-recognizer.ts';
import { RECOGNIZER_PATIENCE } from './ingest-lecture.ts';
import { transcribeLecture } from './transcribe-lecture.ts';

const RATE = 16_000;
const root = fileURLToPath(new URL('../../', import.meta.url));
/** What each clip begins and ends with, its length, and where in it there is speech, in seconds. */
const CLIPS = [
  { name: 'austen-0880', first: 'he was not', last: 'young man' },
  { name: 'austen-0890', first: 'unless to be', last: 'ill disposed' },
] as const;
/** Silence before each of the clips in turn. */
const PAUSES = [1.5, 3, 2.5, 6, 2.2, 4];

async function samplesOf(name: string): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  const file = createReadStream(`${root}test/fixtures/audio/${name}.flac`);
  for await (const block of decodeAudio(file, { maxSeconds: 20 })) parts.push(block);
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

const words = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z ]/g, ' ')
    .replace(/ +/g, ' ')
    .trim();

describe('a lecture of real voices', () => {
  let recognizer: RecognizerProcess;

  beforeAll(async () => {
    recognizer = await startRecognizer();
  }, 180_000);

  afterAll(async () => await recognizer.stop());

  it('is transcribed with each sentence timed within a second', async () => {
    const clips = await Promise.all(CLIPS.map(({ name }) => samplesOf(name)));
    const parts: Float32Array[] = [];
    const truth: { start: number; end: number; first: string; last: string }[] = [];
    let at = 0;
    for (const [i, pause] of PAUSES.entries()) {
      const clip = clips[i % 2] ?? new Float32Array();
      const { first, last } = CLIPS[i % 2 === 0 ? 0 : 1];
      parts.push(new Float32Array(pause * RATE), clip);
      truth.push({ start: at + pause, end: at + pause + clip.length / RATE, first, last });
      at += pause + clip.length / RATE;
    }
    const lecture = encodeWav(Float32Array.from(parts.flatMap((part) => [...part])), RATE);

    const server = new EngineServer({ baseUrl: recognizer.baseUrl, apiKey: 'none' });
    const { segments, durationSeconds } = await transcribeLecture(
      {
        size: lecture.length,
        version: '1',
        open: async function* (from) {
          await Promise.resolve();
          yield lecture.subarray(from);
        },
      },
      {
        recognizer: new OpenAiRecognizer(server, { model: 'qwen-omni', timeoutMs: 60_000, audioTokensPerSecond: 25 }),
        limit: pLimit(2),
        maxSeconds: 600,
        maxPieceSeconds: 28,
        patience: RECOGNIZER_PATIENCE,
        signal: new AbortController().signal,
      },
    );

    expect(durationSeconds).toBeCloseTo(at, 1);
    expect(segments).toHaveLength(truth.length);
    for (const [i, { start, end, first, last }] of truth.entries()) {
      const segment = segments[i];
      expect(Math.abs((segment?.start ?? 0) - start)).toBeLessThan(1);
      expect(Math.abs((segment?.end ?? 0) - end)).toBeLessThan(1);
      expect(words(segment?.text ?? '').startsWith(first)).toBe(true);
      expect(words(segment?.text ?? '').endsWith(last)).toBe(true);
    }
  }, 120_000);
});
