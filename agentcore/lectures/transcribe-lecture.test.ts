import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { decodeQuestion } from '../../audio/decode-question.ts';
import { encodeWav } from '../../audio/wav.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import type { Recognizer } from '../engines/engines.ts';
import type { LectureSource } from './lecture-source.ts';
import type { Patience } from '../patience.ts';
import { transcribeLecture, type LectureProgress, type TranscribeLectureOptions } from './transcribe-lecture.ts';

const RATE = 16_000;
const QUICK: Patience = { firstBackoffMs: 1, maxBackoffMs: 4, giveUpMs: 20_000, attempts: 3 };

/** 2 s of speech, and the same 3 s after the one before, `count` times: one piece each. */
let clip: Float32Array;
let lecture: Buffer;
const COUNT = 8;

beforeAll(async () => {
  const file = await readFile(new URL('../../test/fixtures/audio/austen-0880.flac', import.meta.url));
  clip = (await decodeQuestion(bytes(file), { maxSeconds: 10 })).samples;
  lecture = wav(COUNT);
});

function wav(count: number): Buffer {
  const step = clip.length + 3 * RATE;
  const samples = new Float32Array(count * step);
  for (let i = 0; i < count; i++) samples.set(clip, i * step);
  return encodeWav(samples, RATE);
}

async function* bytes(file: Uint8Array, onChunk?: (end: number) => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += 16_384) {
    await Promise.resolve();
    onChunk?.(at);
    yield file.subarray(at, at + 16_384);
  }
}

const sourceOf = (file: Uint8Array, onChunk?: (end: number) => void): LectureSource => ({
  size: file.length,
  version: '1',
  open: (from) => bytes(file.subarray(from), onChunk),
});

/** A recogniser that says how long what it heard is, and lets the test decide. */
function recognizer(transcribe: (call: number, signal: AbortSignal) => Promise<string>): Recognizer {
  let calls = 0;
  return { transcribe: async (_, { signal }) => await transcribe(calls++, signal) };
}
const numbered = recognizer((call) => Promise.resolve(`Sentence ${call}.`));

const options = (changes: Partial<TranscribeLectureOptions> = {}): TranscribeLectureOptions => ({
  recognizer: numbered,
  limit: pLimit(2),
  maxSeconds: 3600,
  maxPieceSeconds: 28,
  patience: QUICK,
  signal: new AbortController().signal,
  ...changes,
});

describe('transcribeLecture', () => {
  it('gives what was said when, in order, even if a later piece is heard first', async () => {
    let release: () => void = () => undefined;
    const later = new Promise<void>((resolve) => (release = resolve));
    const slowFirst = recognizer(async (call) => {
      if (call === 0) await later;
      if (call === 1) release();
      return `Sentence ${call}.`;
    });
    const { segments, durationSeconds, truncated } = await transcribeLecture(
      sourceOf(lecture),
      options({ recognizer: slowFirst }),
    );
    expect(segments.map(({ text }) => text)).toEqual(Array.from({ length: COUNT }, (_, i) => `Sentence ${i}.`));
    const step = clip.length / RATE + 3;
    for (const [i, segment] of segments.entries()) {
      expect(Math.abs(segment.start - i * step)).toBeLessThan(0.5);
      expect(Math.abs(segment.end - i * step - clip.length / RATE)).toBeLessThan(0.5);
    }
    expect(durationSeconds).toBeCloseTo(COUNT * step, 1);
    expect(truncated).toBe(false);
  });

  it('never has more pieces in recognition than allowed, and reads no further than they need', async () => {
    let running = 0;
    let most = 0;
    let readTo = 0;
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const waitUntilReadingRests = async (): Promise<void> => {
      for (let before = -1; before !== readTo;) {
        before = readTo;
        for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      }
    };
    const counting = recognizer(async (call) => {
      most = Math.max(most, ++running);
      if (call === 1) {
        await waitUntilReadingRests();
        open();
      }
      await gate;
      running--;
      return `Sentence ${call}.`;
    });
    let restedAt = 0;
    void gate.then(() => (restedAt = readTo));
    const source = sourceOf(lecture, (at) => (readTo = at));
    await transcribeLecture(source, options({ recognizer: counting, maxPieceSeconds: 6 }));
    expect(most).toBe(2);
    expect(restedAt).toBeGreaterThan(0);
    expect(restedAt).toBeLessThan((5 / COUNT) * lecture.length);
  });

  it('tells progress that rises to 1', async () => {
    const told: LectureProgress[] = [];
    await transcribeLecture(sourceOf(lecture), options({ maxPieceSeconds: 6, onProgress: (p) => told.push(p) }));
    expect(told).toHaveLength(COUNT);
    expect(told.map(({ share }) => share)).toEqual(told.map(({ share }) => share).sort((a, b) => a - b));
    expect(told[0]?.share).toBeLessThan(0.5);
    expect(told.at(-1)?.share).toBeCloseTo(1, 1);
  });

  it('waits for a recogniser that is away, and says so', async () => {
    const told: LectureProgress[] = [];
    const away = recognizer((call) => {
      if (call > 2 && call < 12) throw new SynapscribeError('llm_unavailable', 'It is away.');
      return Promise.resolve(`Sentence ${call}.`);
    });
    const { segments } = await transcribeLecture(
      sourceOf(lecture),
      options({ recognizer: away, onProgress: (p) => told.push(p) }),
    );
    expect(segments).toHaveLength(COUNT);
    expect(told.some(({ waiting }) => waiting)).toBe(true);
    expect(told.at(-1)?.waiting).toBe(false);
  });

  it('gives up on what will not pass after a few attempts, and ends the other pieces', async () => {
    let attempts = 0;
    let aborted = 0;
    const refusing: Recognizer = {
      transcribe: async (_, { signal }) => {
        if (attempts++ === 0) {
          return await new Promise<string>((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted++;
              reject(new Error('aborted'));
            });
          });
        }
        throw new SynapscribeError('llm_unavailable', 'It was refused.', { retryable: false });
      },
    };
    await expect(transcribeLecture(sourceOf(lecture), options({ recognizer: refusing }))).rejects.toThrow('refused');
    expect(attempts).toBe(1 + QUICK.attempts);
    expect(aborted).toBe(1);
  });

  it('stops at once when it is aborted', async () => {
    const stop = new AbortController();
    const hanging = recognizer(async (call, signal) => {
      if (call === 1) stop.abort(new Error('the service stops'));
      return await new Promise<string>((_, reject) => {
        const end = (): void => reject(new Error('aborted'));
        if (signal.aborted) end();
        else signal.addEventListener('abort', end);
      });
    });
    const run = transcribeLecture(sourceOf(lecture), options({ recognizer: hanging, signal: stop.signal }));
    await expect(run).rejects.toThrow('the service stops');
  });

  it.each([
    ['silence', () => encodeWav(new Float32Array(30 * RATE), RATE), numbered],
    ['sounds that are no words', () => lecture, recognizer(() => Promise.resolve(' . '))],
    ['sounds that the recogniser answers with one phrase', () => lecture, recognizer(() => Promise.resolve('Oh yes.'))],
  ])('says that there is no speech in %s', async (_, file, ears) => {
    const run = transcribeLecture(sourceOf(file()), options({ recognizer: ears }));
    await expect(run).rejects.toMatchObject({ code: 'no_speech' });
  });

  it('refuses a recording that is too long while it is being transcribed', async () => {
    await expect(transcribeLecture(sourceOf(lecture), options({ maxSeconds: 20 }))).rejects.toMatchObject({
      code: 'audio_too_long',
    });
  });

  it('keeps what there is of a recording that breaks off, and says so', async () => {
    const { segments, truncated } = await transcribeLecture(
      sourceOf(lecture.subarray(0, lecture.length / 2)),
      options(),
    );
    expect(segments).toHaveLength(COUNT / 2);
    expect(truncated).toBe(true);
  });
});
