/** Lectures that are none, or hardly: each ends in a clear status, through the whole embedded stack. */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { decodeQuestion } from '../../audio/decode-question.ts';
import { constantFlac } from '../../audio/test-support/constant-flac.ts';
import { tinyOpusOgg } from '../../audio/test-support/tiny-opus.ts';
import { encodeWav } from '../../audio/wav.ts';
import { SynapscribeClient } from '../../cli/client.ts';
import { postFile } from '../../cli/client-upload.ts';
import { startStack, type Stack } from '../../cli/stack.ts';
import { BUCKET, dynamoClient, s3Client, TABLE } from '../../containers/local-aws/test-support/local-aws.ts';
import { claimItemKey, type SessionItem } from '../../protocol/items.ts';
import { lectureKey } from '../../protocol/keys.ts';
import type { LectureEvent, UploadReply } from '../../protocol/messages.ts';
import { readTranscript } from '../support/read-transcript.ts';
import {
  atLevel,
  hum,
  join,
  mix,
  MUSIC,
  pinkNoise,
  silence,
  SOUND_RATE,
  whiteNoise,
} from '../support/synthesized-sounds.ts';
import { until } from '../support/until.ts';
import { wordErrorRate } from '../support/word-error-rate.ts';

const MAX_WAIT_MS = 60_000;
const SENTENCE = /^[A-Z][^/\\{}]+\.$/;
const NO_SPEECH = 'No speech was found in the recording.';
const SAID = 'he was not an ill disposed young man';
const HOURS = 4 * 3600 + 60;

let dataDir: string;
let stack: Stack;
let client: SynapscribeClient;
/** `SAID`, by a real voice: 3 s. */
let voice: Float32Array;
const events: LectureEvent[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(joinPath(tmpdir(), 'synapscribe-bad-'));
  stack = await startStack({ dataDir, ports: 'free' });
  const file = await readFile(new URL('../fixtures/audio/austen-0880.flac', import.meta.url));
  voice = (await decodeQuestion(chunks(file), { maxSeconds: 10 })).samples;
}, MAX_WAIT_MS);

afterAll(async () => {
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** A student of its own for each part: what one may upload in a while is bounded. */
function asAnotherStudent(): void {
  beforeAll(async () => {
    client = await SynapscribeClient.create(stack.webSocketUrl);
    const socket = await client.connect();
    socket.listen(({ message }) => {
      if (message?.type === 'lecture') events.push(message);
    });
  }, MAX_WAIT_MS);
  afterAll(async () => await client.close());
}

interface Ending {
  lectureId: string;
  session: SessionItem | undefined;
  told: LectureEvent[];
}

/** Uploads, waits for the last event, and checks what a client has seen until then. */
async function endingOf(bytes: Uint8Array, filename = 'lecture.wav'): Promise<Ending> {
  const lectureId = await client.uploadLecture(bytes, { title: filename, filename, contentType: 'audio/wav' });
  return await endOf(lectureId);
}

async function endOf(lectureId: string): Promise<Ending> {
  await until('the lecture ends', () => toldOf(lectureId).some(isLast), MAX_WAIT_MS);
  const told = toldOf(lectureId);
  const ranks = told.map(({ status }) => ['validating', 'transcribing', 'ready', 'rejected'].indexOf(status));
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  expect(told.filter(isLast)).toEqual([told.at(-1)]);
  expect(told.at(-1)?.progress).toBe(1);
  for (const [i, { status, progress, message }] of told.entries()) {
    expect(message).toMatch(SENTENCE);
    if (told[i - 1]?.status === status) expect(progress).toBeGreaterThanOrEqual(told[i - 1]?.progress ?? 0);
  }
  return { lectureId, session: await client.guest.getSession(lectureId), told };
}

const toldOf = (lectureId: string): LectureEvent[] => events.filter((event) => event.lectureId === lectureId);
const isLast = ({ status }: LectureEvent): boolean => status === 'ready' || status === 'rejected';

async function expectRejected(ending: Promise<Ending>, reason: string | RegExp): Promise<void> {
  const { session, told } = await ending;
  expect(session).toMatchObject({ status: 'rejected' });
  expect(session?.statusReason).toMatch(reason);
  expect(told.at(-1)).toMatchObject({ status: 'rejected', message: session?.statusReason });
}

/** Ready, and all of `SAID` is heard but for a word or two. */
async function expectHeard(ending: Promise<Ending>): Promise<Ending> {
  const ended = await ending;
  expect(ended.told.at(-1)).toMatchObject({ status: 'ready' });
  expect(ended.session).toMatchObject({ status: 'ready' });
  expect(wordErrorRate(SAID, await heardIn(ended.lectureId))).toBeLessThan(0.35);
  return ended;
}

async function heardIn(lectureId: string): Promise<string> {
  const { segments } = await readTranscript(stack.awsUrl, client.identityId, lectureId);
  return segments.map(({ text }) => text).join(' ');
}

async function hasTranscript(lectureId: string): Promise<boolean> {
  return await readTranscript(stack.awsUrl, client.identityId, lectureId).then(
    () => true,
    () => false,
  );
}

interface WavForm {
  rate: number;
  channels?: number;
  /** 7 is G.711's µ-law. */
  format?: 1 | 7;
  bytes: 1 | 2;
}

/** A header for samples of any kind, and the samples. */
function wavOf(data: Buffer, { rate, channels = 1, format = 1, bytes }: WavForm): Buffer {
  const wav = Buffer.concat([encodeWav(new Float32Array(), rate), data]);
  wav.writeUInt32LE(36 + data.length, 4);
  wav.writeUInt16LE(format, 20);
  wav.writeUInt16LE(channels, 22);
  wav.writeUInt32LE(rate * channels * bytes, 28);
  wav.writeUInt16LE(channels * bytes, 32);
  wav.writeUInt16LE(bytes * 8, 34);
  wav.writeUInt32LE(data.length, 40);
  return wav;
}

const pcm = (samples: Float32Array): Buffer => encodeWav(samples, SOUND_RATE).subarray(44);
const at8k = (samples: Float32Array): Float32Array =>
  Float32Array.from({ length: samples.length >> 1 }, (_, i) => ((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) / 2);

/** Source: ITU-T G.711, µ-law. */
function muLaw(sample: number): number {
  const size = Math.min(32_635, Math.round(Math.abs(sample) * 32_767)) + 132;
  const exponent = Math.max(0, 31 - Math.clz32(size) - 7);
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((size >> (exponent + 3)) & 0x0f)) & 0xff;
}

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../fixtures/formats/${name}`, import.meta.url));

/** Silent MP3 at 8 kHz of a changing bit rate, nothing but frames. Source: ISO/IEC 13818-3 with MPEG 2.5. */
function longMp3(seconds: number): Buffer {
  const frames = Array.from({ length: 8 }, (_, i) => {
    const frame = Buffer.alloc(i === 0 ? 144 : 72);
    Buffer.from([0xff, 0xe3, i === 0 ? 0x28 : 0x18, 0xc4]).copy(frame);
    return frame;
  });
  const eight = Buffer.concat(frames);
  return Buffer.alloc(Math.ceil(seconds / (8 * 0.072)) * eight.length, eight);
}

describe('a recording in which nobody speaks', () => {
  asAnotherStudent();

  it.each<[string, () => Float32Array]>([
    ['digital silence', () => silence(20)],
    ['the silence of a room', () => pinkNoise(20, -65)],
    ['white noise', () => whiteNoise(20, -25)],
    ['pink noise', () => pinkNoise(20, -25)],
    [
      'pink noise that comes and goes',
      () => pinkNoise(20, -25).map((v, i) => v * Math.abs(Math.sin((2 * i) / SOUND_RATE))),
    ],
    ['a hum', () => hum(20, -20)],
    ...Object.entries(MUSIC).map(([name, play]): [string, () => Float32Array] => [name, () => play(16)]),
  ])(
    '%s is rejected: no speech was found',
    async (_, sound) => {
      await expectRejected(endingOf(encodeWav(sound(), SOUND_RATE)), NO_SPEECH);
    },
    MAX_WAIT_MS,
  );

  it.each<[string, (length: number) => Float32Array]>([
    ['soft music', (seconds) => atLevel(MUSIC['a piano']?.(seconds) ?? silence(0), -42)],
    ['a soft band', (seconds) => atLevel(MUSIC['a band with drums']?.(seconds) ?? silence(0), -42)],
    ['noise', (seconds) => pinkNoise(seconds, -40)],
  ])(
    'but one who speaks over %s is heard',
    async (_, sound) => {
      const speech = join(silence(2), atLevel(voice, -24), silence(2));
      await expectHeard(endingOf(encodeWav(mix(speech, sound(speech.length / SOUND_RATE)), SOUND_RATE)));
    },
    MAX_WAIT_MS,
  );
});

describe('a recording of four hours and a minute', () => {
  asAnotherStudent();

  it(
    'is refused by its container',
    async () => {
      await expectRejected(endingOf(tinyOpusOgg(HOURS / 30), 'long.ogg'), /longer than four hours/);
    },
    MAX_WAIT_MS,
  );

  it(
    'is refused by its frames, where an MP3 of variable bit rate has no header',
    async () => {
      await expectRejected(endingOf(longMp3(HOURS), 'long.mp3'), /longer than four hours/);
    },
    MAX_WAIT_MS,
  );

  it(
    'is refused while it is decoded, where its container lies',
    async () => {
      // Silence of 65,535 samples a frame, of which the last says that it is the eleventh.
      const silent = { noiseBytes: 0, constantFrames: Math.ceil((HOURS * SOUND_RATE) / 65_535), plain: true };
      const file = Buffer.concat([constantFlac({ ...silent, lastNumber: 10 }), Buffer.alloc(8)]);
      const ending = endingOf(file, 'liar.flac');
      await expectRejected(ending, /longer than 4 hours/);
      expect((await ending).told.map(({ status }) => status)).toContain('transcribing');
    },
    MAX_WAIT_MS,
  );
});

describe('a recording that breaks off', () => {
  asAnotherStudent();

  it.each([
    ['cbr.mp3'],
    ['vbr-without-header.mp3'],
    ['moov-first.m4a'],
    ['opus.webm'],
    ['opus-without-duration.webm'],
    ['opus.ogg'],
    ['vorbis.ogg'],
  ])(
    '%s is ready with what is there, and says so',
    async (name) => {
      const file = await fixture(name);
      const { session, told, lectureId } = await endingOf(file.subarray(0, Math.round(file.length * 0.6)), name);
      expect(session).toMatchObject({
        status: 'ready',
        statusReason: expect.stringMatching(/^The recording breaks off/),
      });
      expect(told.at(-1)?.message).toMatch(/ready for questions\. The recording breaks off after \d seconds?\.$/);
      expect(await heardIn(lectureId)).toMatch(/^He was not/i);
    },
    MAX_WAIT_MS,
  );

  it.each([
    ['WAV', async () => await Promise.resolve(encodeWav(join(voice, voice), SOUND_RATE))],
    ['FLAC', async () => await readFile(new URL('../fixtures/audio/austen-0890.flac', import.meta.url))],
  ])(
    '%s too',
    async (_, whole) => {
      const file = await whole();
      const { session, told } = await endingOf(file.subarray(0, Math.round(file.length * 0.6)));
      expect(session).toMatchObject({ status: 'ready' });
      expect(told.at(-1)?.message).toMatch(/breaks off after \d seconds\.$/);
    },
    MAX_WAIT_MS,
  );

  it(
    'is rejected where its index went with the rest: an M4A',
    async () => {
      const file = await fixture('moov-last.m4a');
      await expectRejected(endingOf(file.subarray(0, Math.round(file.length * 0.6))), SENTENCE);
    },
    MAX_WAIT_MS,
  );
});

describe('a recording that is odd, but a recording', () => {
  asAnotherStudent();

  it.each(['vbr-without-header.mp3', 'opus-without-duration.webm'])(
    '%s is ready, and as long as it is',
    async (name) => {
      const { session } = await expectHeard(endingOf(await fixture(name), name));
      expect(Math.abs((session?.durationSeconds ?? 0) - 3)).toBeLessThan(1);
      expect(session?.statusReason).toBeUndefined();
    },
    MAX_WAIT_MS,
  );

  const oneChannel = (): Buffer =>
    pcm(Float32Array.from({ length: voice.length * 2 }, (_, i) => (i % 2 === 0 ? (voice[i / 2] ?? 0) : 0)));
  const turnedOver = (): Buffer =>
    pcm(Float32Array.from({ length: voice.length * 2 }, (_, i) => (voice[i >> 1] ?? 0) * (i % 2 === 0 ? 1 : -1)));
  const at192k = (): Float32Array =>
    Float32Array.from({ length: voice.length * 12 }, (_, i) => {
      const at = Math.floor(i / 12);
      return (voice[at] ?? 0) + ((i % 12) / 12) * ((voice[at + 1] ?? 0) - (voice[at] ?? 0));
    });
  it.each<[string, () => Uint8Array]>([
    ['speech in one of two channels', () => wavOf(oneChannel(), { rate: SOUND_RATE, channels: 2, bytes: 2 })],
    [
      'speech turned over in the second channel',
      () => wavOf(turnedOver(), { rate: SOUND_RATE, channels: 2, bytes: 2 }),
    ],
    [
      'a telephone call',
      () => wavOf(Buffer.from(Array.from(at8k(voice), muLaw)), { rate: 8_000, format: 7, bytes: 1 }),
    ],
    ['192 kHz', () => encodeWav(at192k(), 192_000)],
    ['very soft speech', () => encodeWav(atLevel(join(silence(1), voice, silence(1)), -45), SOUND_RATE)],
    ['clipped speech', () => encodeWav(atLevel(voice, -8), SOUND_RATE)],
    ['a file of a wrong extension', () => encodeWav(voice, SOUND_RATE)],
  ])(
    '%s is heard',
    async (_, file) => {
      await expectHeard(endingOf(file(), 'lecture.mp3'));
    },
    MAX_WAIT_MS,
  );

  it(
    'half an hour of silence before the first word is passed over',
    async () => {
      const eightBits = Buffer.from(Array.from(at8k(voice), (v) => Math.round(128 + v * 127)));
      const file = wavOf(Buffer.concat([Buffer.alloc(1800 * 8_000, 128), eightBits]), { rate: 8_000, bytes: 1 });
      const { lectureId } = await expectHeard(endingOf(file));
      const { segments } = await readTranscript(stack.awsUrl, client.identityId, lectureId);
      expect(Math.abs((segments[0]?.start ?? 0) - 1800)).toBeLessThan(1);
    },
    MAX_WAIT_MS,
  );

  it.each([
    ['a single sample', () => new Float32Array(1)],
    ['a word of 0.2 s', () => voice.subarray(0, 0.2 * SOUND_RATE)],
  ])(
    '%s is too short',
    async (_, samples) => {
      await expectRejected(endingOf(encodeWav(samples(), SOUND_RATE)), 'The recording is shorter than one second.');
    },
    MAX_WAIT_MS,
  );
});

describe('a lecture that something befalls', () => {
  asAnotherStudent();

  it(
    'is one of two files that are uploaded for it at once',
    async () => {
      const lectureId = randomUUID();
      const files = [join(voice, silence(1)), join(voice, silence(5))].map((samples) => encodeWav(samples, SOUND_RATE));
      const forms: UploadReply[] = [];
      for (const [i, { length }] of files.entries()) {
        const form = { lectureId, title: `Part ${i}`, filename: `part-${i}.wav`, contentType: 'audio/wav' };
        forms.push(await client.requestUpload({ action: 'upload', ...form, bytes: length }));
      }
      await Promise.all(files.map(async (file, i) => await postFile(forms[i] ?? { url: '', fields: {} }, file)));
      const { session } = await expectHeard(endOf(lectureId));
      const lengths = files.map(({ length }) => length / 2 / SOUND_RATE);
      const distances = lengths.map((length) => Math.abs(length - (session?.durationSeconds ?? 0)));
      expect(Math.min(...distances)).toBeLessThan(0.1);
      await until('nobody is at it any more', async () => !(await isClaimed(lectureId)), MAX_WAIT_MS);
      expect(toldOf(lectureId).filter(isLast)).toHaveLength(1);
    },
    MAX_WAIT_MS,
  );

  /** Uploads `count` times what was said, and waits until some of it is heard. */
  async function begin(count: number): Promise<string> {
    const lecture = join(...Array.from({ length: count }, (_, i) => join(silence(0.7 + (i % 5) / 2), voice)));
    const description = { title: 'Long', filename: 'long.wav', contentType: 'audio/wav' };
    const lectureId = await client.uploadLecture(encodeWav(lecture, SOUND_RATE), description);
    await until('some of it is heard', () => toldOf(lectureId).some(({ progress }) => progress > 0), MAX_WAIT_MS);
    expect(toldOf(lectureId).some(isLast)).toBe(false);
    return lectureId;
  }

  it(
    'ends where its session is deleted, and leaves nothing',
    async () => {
      const lectureId = await begin(40);
      await dynamoClient(stack).send(
        new DeleteCommand({ TableName: TABLE, Key: { sessionId: client.identityId, lectureId } }),
      );
      const { session, told } = await endOf(lectureId);
      expect(session).toBeUndefined();
      expect(told.at(-1)).toMatchObject({ status: 'rejected', message: 'The lecture was deleted.' });
      await until('nobody is at it any more', async () => !(await isClaimed(lectureId)), MAX_WAIT_MS);
      expect(await hasTranscript(lectureId)).toBe(false);
      expect(await client.guest.getSession(lectureId)).toBeUndefined();
    },
    MAX_WAIT_MS,
  );

  it(
    'ends where its student deletes it, and leaves nothing',
    async () => {
      const lectureId = await begin(40);
      await client.deleteLecture(lectureId);
      const { session, told } = await endOf(lectureId);
      expect(session).toBeUndefined();
      expect(told.at(-1)).toMatchObject({ status: 'rejected' });
      await until('nobody is at it any more', async () => !(await isClaimed(lectureId)), MAX_WAIT_MS);
      expect(await hasTranscript(lectureId)).toBe(false);
      expect(await client.guest.getSession(lectureId)).toBeUndefined();
    },
    MAX_WAIT_MS,
  );

  it(
    'ends where its recording is deleted: heard to the end, or told that it is gone',
    async () => {
      const lectureId = await begin(40);
      const Key = lectureKey(client.identityId, lectureId, 'long.wav');
      await s3Client(stack).send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
      const { session } = await endOf(lectureId);
      const reason = session?.status === 'rejected' ? session.statusReason : 'ready';
      expect(reason).toMatch(/^ready$|no longer there/);
      expect(await hasTranscript(lectureId)).toBe(session?.status === 'ready');
    },
    MAX_WAIT_MS,
  );

  async function isClaimed(lectureId: string): Promise<boolean> {
    const Key = claimItemKey('lecture', client.identityId, lectureId);
    const command = new GetCommand({ TableName: TABLE, Key, ConsistentRead: true });
    return (await dynamoClient(stack).send(command)).Item !== undefined;
  }
});
