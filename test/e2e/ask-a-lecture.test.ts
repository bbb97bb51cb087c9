/** The whole embedded stack as child processes, as `npm start` runs it: nothing is scripted. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SynapscribeClient } from '../../cli/client.ts';
import { startStack, type Stack } from '../../cli/stack.ts';
import { readTranscript } from '../support/read-transcript.ts';
import { transcribe } from '../support/transcribe.ts';
import { wordErrorRate, wordErrors, words } from '../support/word-error-rate.ts';

const MINUTES = 60_000;
const fixture = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const sample = (name: string): string => fixture(`../../samples/${name}`);

interface Sentence {
  start: number;
  end: number;
  text: string;
}

let dataDir: string;
let stack: Stack;
let client: SynapscribeClient;
let lectureId: string;

async function start(identityId?: string): Promise<void> {
  stack = await startStack({ dataDir, ports: 'free' });
  client = await SynapscribeClient.create(stack.webSocketUrl, identityId === undefined ? {} : { identityId });
  await client.connect();
}

async function upload(file: string | Uint8Array, filename: string): Promise<string> {
  return await client.uploadLecture(file, { title: filename, filename, contentType: 'audio/mpeg' });
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-e2e-'));
  await start();
  lectureId = await upload(sample('honey-lecture.mp3'), 'honey-lecture.mp3');
  await client.waitUntilReady(lectureId);
}, 3 * MINUTES);

afterAll(async () => {
  await client.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a lecture', () => {
  it(
    'is transcribed as timed segments, with the words that were spoken',
    async () => {
      const { sentences } = JSON.parse(await readFile(sample('honey-lecture.json'), 'utf8')) as {
        sentences: Sentence[];
      };
      const transcript = await readTranscript(stack.awsUrl, client.identityId, lectureId);
      expect(transcript.durationSeconds).toBeCloseTo(175, 0);
      const said = sentences.map(({ text }) => text).join(' ');
      const heard = transcript.segments.map(({ text }) => text).join(' ');
      // Numbers are said in words and written in figures: no error of hearing.
      expect(wordErrorRate(said, heard)).toBeLessThan(0.2);
      for (const [i, segment] of transcript.segments.entries()) {
        expect(segment.end).toBeGreaterThan(segment.start);
        expect(segment.start).toBeGreaterThanOrEqual((transcript.segments[i - 1]?.end ?? 0) - 0.01);
      }
    },
    MINUTES,
  );

  it.each([
    ['question-1.wav', 'wav', 'To fill that stomach once, a bee has to visit about one hundred flowers.'],
    ['question-2.mp3', 'mp3', 'Honey keeps for years because it is too dry for germs to live in.'],
  ])(
    'answers %s, asked by voice, from the sentence that holds the answer, aloud',
    async (file, extension, sentence) => {
      const { sentences } = JSON.parse(await readFile(sample('honey-lecture.json'), 'utf8')) as {
        sentences: Sentence[];
      };
      const place = sentences.find(({ text }) => text === sentence);
      const answer = await client.ask({ lectureId, audio: { bytes: await readFile(sample(file)), extension } });
      expect(wordErrorRate(sentence, answer.answer.split('. ')[0] ?? '')).toBeLessThan(0.3);
      const holding = answer.citations.filter(
        ({ start, end }) => start <= (place?.start ?? NaN) + 1 && end >= (place?.end ?? NaN) - 1,
      );
      expect(holding).toHaveLength(1);
      const heard = await transcribe(`${stack.llmUrl}/v1`, answer.audio?.bytes ?? Buffer.alloc(0));
      expect(wordErrorRate(answer.answer, heard)).toBeLessThan(0.35);
    },
    MINUTES,
  );

  it(
    'does not answer what it does not say',
    async () => {
      const answer = await client.ask({ lectureId, text: 'Which king of France was beheaded in the revolution?' });
      expect(answer.answer).toMatch(/lecture does not say/i);
      expect(answer.citations).toEqual([]);
    },
    MINUTES,
  );

  it.each([
    ['austen-0880.flac', 'he was not an ill disposed young man'],
    ['austen-0890.flac', 'unless to be rather cold hearted and rather selfish is to be ill disposed'],
  ])(
    'hears a real voice in a question: %s',
    async (file, said) => {
      const bytes = await readFile(fixture(`../fixtures/audio/${file}`));
      const { question } = await client.ask({ lectureId, audio: { bytes, extension: 'flac' } });
      // One wrong word at the most.
      expect(wordErrors(words(said), words(question))).toBeLessThanOrEqual(1);
    },
    MINUTES,
  );

  it(
    'is still there, with its conversation, after a restart',
    async () => {
      const before = await client.ask({ lectureId, text: 'How long does a worker live in summer?' });
      await client.close();
      await stack.stop();
      await start(client.identityId);
      const after = await client.ask({ lectureId, text: 'How many sides does a cell have?' });
      expect(after.done.turn).toBe(before.done.turn + 1);
      expect(after.answer).toMatch(/six|6/);
    },
    2 * MINUTES,
  );
});

describe('a file that is no lecture', () => {
  it.each([
    ['a ZIP named .mp3', Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(5_000, 7)])],
    ['text', Buffer.from('This is not a recording. '.repeat(200))],
    ['half an MP3 header', Buffer.from([0xff, 0xfb, 0x90, 0x00])],
  ])(
    '%s is rejected with a reason, and stays',
    async (_, bytes) => {
      const rejected = await upload(bytes, 'lecture.mp3');
      await expect(client.waitUntilReady(rejected)).rejects.toMatchObject({ code: 'unsupported_audio' });
      const session = await client.guest.getSession(rejected);
      expect(session).toMatchObject({ status: 'rejected' });
      expect(session?.statusReason).toMatch(/^[A-Z].+\.$/);
      await expect(client.ask({ lectureId: rejected, text: 'Why?' })).rejects.toMatchObject({
        code: 'lecture_not_ready',
        retryable: false,
      });
    },
    MINUTES,
  );
});
