import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { encodeWav } from '../audio/wav.ts';
import { BUCKET, s3Client } from '../containers/local-aws/test-support/local-aws.ts';
import { queryKey } from '../protocol/keys.ts';
import { SynapscribeClient, type LectureProgress } from './client.ts';
import { waitForLecture } from './client-lecture.ts';
import type { ClientSocket } from './client-socket.ts';
import { postFile } from './client-upload.ts';
import { READY, startScriptedSynapscribe, type ScriptedSynapscribe } from './test-support/scripted-synapscribe.ts';

const wav = encodeWav(new Float32Array(16_000), 8_000);
const description = { title: 'Biology', filename: 'biology.wav', contentType: 'audio/wav' };
const TIMINGS = { asrMs: null, firstTokenMs: 1, firstAudioMs: 2, totalMs: 3 };
const citation = { start: 1, end: 2, text: 'Cells divide.' };
const done = (seq: number, audioKey: string | null = null) => ({
  type: 'done',
  seq,
  question: 'Why?',
  answer: 'Because.',
  turn: 1,
  audioKey,
  audioUrl: null,
  citations: [citation],
  timings: TIMINGS,
});

let synapscribe: ScriptedSynapscribe;
let client: SynapscribeClient;
let folder: string;

beforeAll(async () => {
  synapscribe = await startScriptedSynapscribe();
  folder = await mkdtemp(join(tmpdir(), 'client-'));
});
afterAll(async () => {
  await synapscribe.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  synapscribe.lectures = { steps: [READY], tell: true };
  synapscribe.answers = [];
  synapscribe.agentCore.requests.length = 0;
  client = await SynapscribeClient.create(synapscribe.url);
  await client.connect();
});
afterEach(() => client.close());

describe('a message about a lecture', () => {
  it('is answered by its own reply, others’ left out', async () => {
    const [lectureId, other] = [randomUUID(), randomUUID()];
    synapscribe.lectureReplies = { exports: { url: 'https://example.org/signed', expiresAt: 1 }, search: { hits: [] } };
    const asked = { lectureId, what: 'transcript', format: 'vtt' } as const;
    const replies = await Promise.all([
      client.exportLecture(asked),
      client.exportLecture({ ...asked, format: 'md' }),
      client.exportLecture({ ...asked, lectureId: other }),
      client.search(lectureId, 'one'),
      client.search(lectureId, 'two'),
    ]);
    expect(replies).toMatchObject([
      { type: 'export', ...asked },
      { type: 'export', ...asked, format: 'md' },
      { type: 'export', ...asked, lectureId: other },
      { type: 'search', lectureId, text: 'one' },
      { type: 'search', lectureId, text: 'two' },
    ]);
  });
});

describe('a lecture', () => {
  it('is uploaded from disk with progress, and awaited with progress', async () => {
    synapscribe.lectures.steps = [{ status: 'transcribing', progress: 0.5 }, READY];
    const path = join(folder, 'biology.wav');
    await writeFile(path, wav);
    const sent: number[] = [];
    const seen: LectureProgress[] = [];
    const lectureId = await client.uploadLecture(path, description, { onProgress: (bytes) => sent.push(bytes) });
    expect(sent.at(-1)).toBe(wav.length);
    await client.waitUntilReady(lectureId, { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toMatchObject(READY);
  });

  it('is known to be ready where no event tells it', async () => {
    synapscribe.lectures.tell = false;
    const lectureId = await client.uploadLecture(wav, description);
    const seen: LectureProgress[] = [];
    await client.waitUntilReady(lectureId, { pollMs: 50, onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([{ ...READY, message: 'The lecture is ready for questions.' }]);
    expect(await client.guest.getSession(lectureId)).toMatchObject({ status: 'ready', title: 'Biology' });
  });

  it('is awaited on a new connection where the old one broke', async () => {
    synapscribe.lectures.steps = [];
    const lectureId = await client.uploadLecture(wav, description);
    const waiting = client.waitUntilReady(lectureId, { pollMs: 50 });
    const broken = client.socket;
    const reconnected = nextConnection(client);
    broken.terminate();
    expect(await reconnected).not.toBe(broken);
    await synapscribe.moveLecture(client.identityId, lectureId, READY);
    await waiting;
  });

  it('is given up where there is no sign of life for long', async () => {
    synapscribe.lectures.steps = [{ status: 'transcribing', progress: 0.5 }];
    const lectureId = await client.uploadLecture(wav, description);
    await expect(client.waitUntilReady(lectureId, { pollMs: 50, silenceMs: 500 })).rejects.toMatchObject({
      code: 'agent_unavailable',
      message: 'SynapScribe has fallen silent about this lecture. Please try again later.',
    });
  });

  it('is given up where neither the connection nor the storage answers', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    const options = { pollMs: 50, silenceMs: 200 };
    for (const sources of [
      { connect: never, getSession: never },
      { connect: () => client.connect(), getSession: never },
    ]) {
      await expect(waitForLecture(randomUUID(), sources, options)).rejects.toMatchObject({ code: 'agent_unavailable' });
    }
  });

  it('is awaited as long as there are signs of life', async () => {
    synapscribe.lectures.steps = [];
    const lectureId = await client.uploadLecture(wav, description);
    const shares = [0.1, 0.3, 0.5, 0.7, 0.9];
    const next = async (): Promise<void> => {
      const progress = shares.shift();
      await synapscribe.moveLecture(
        client.identityId,
        lectureId,
        progress === undefined ? READY : { status: 'transcribing', progress },
      );
    };
    // Each comes well within the time, all together take longer.
    const startedAt = performance.now();
    const waiting = client.waitUntilReady(lectureId, {
      pollMs: 50,
      silenceMs: 2_000,
      onProgress: ({ status }) => {
        if (status === 'transcribing') setTimeout(() => void next(), 500);
      },
    });
    await next();
    await waiting;
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
  });

  it('that is no recording is refused with the reason', async () => {
    const lectureId = await client.uploadLecture(Buffer.from('Just words. '.repeat(50)), description);
    await expect(client.waitUntilReady(lectureId, { pollMs: 50 })).rejects.toMatchObject({
      code: 'unsupported_audio',
      message: 'This file is a text file. Please upload MP3, M4A, WAV, FLAC, Ogg or WebM.',
    });
  });

  it('may not be larger than it said', async () => {
    const form = await client.requestUpload({ action: 'upload', lectureId: randomUUID(), bytes: 10, ...description });
    await expect(postFile(form, wav)).rejects.toMatchObject({
      code: 'bad_request',
      message: 'The storage refused the file: EntityTooLarge.',
    });
  });

  it('may be sent again later where the storage has no room', async () => {
    const full = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(503).end('<Error><Code>ServiceUnavailable</Code></Error>'));
    });
    full.listen(0, '127.0.0.1');
    await once(full, 'listening');
    const { port } = full.address() as AddressInfo;
    await expect(postFile({ url: `http://127.0.0.1:${port}/`, fields: {} }, wav)).rejects.toMatchObject({
      code: 'internal',
      retryable: true,
      message: 'The storage takes nothing right now. Please try again in a few minutes.',
    });
    full.close();
  });
});

describe('a question', () => {
  const lectureId = randomUUID();

  it('gets its events in order, whichever came first, and its speech in one piece', async () => {
    const audio = (seq: number, text: string, last: boolean) => {
      const data = Buffer.from(text).toString('base64');
      return { type: 'audio', seq, index: 0, mime: 'audio/mpeg', data, last };
    };
    // All of it overtakes `accepted`, and some of it the rest.
    synapscribe.answers = [
      { type: 'answer', seq: 2, delta: 'cause.' },
      { type: 'answer', seq: 1, delta: 'Be' },
      audio(3, 'spo', false),
      audio(4, 'ken', true),
      { type: 'citation', seq: 5, ...citation },
      done(6, 'responses/spoken.mp3'),
    ];
    const seen: unknown[] = [];
    const answer = await client.ask({ lectureId, text: 'Why?' }, { onEvent: (event) => seen.push(event.seq) });
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(answer.events.map(({ event }) => event.seq)).toEqual(seen);
    expect(answer).toMatchObject({ question: 'Why?', answer: 'Because.', citations: [citation], timings: TIMINGS });
    expect(answer.audio).toEqual({ bytes: Buffer.from('spoken'), mime: 'audio/mpeg' });
  });

  it('whose speech broke off has none', async () => {
    const data = Buffer.from('spo').toString('base64');
    synapscribe.answers = [{ type: 'audio', seq: 1, index: 0, mime: 'audio/mpeg', data, last: true }, done(2)];
    const answer = await client.ask({ lectureId, text: 'Why?' });
    expect(answer).toMatchObject({ answer: 'Because.', audio: null });
  });

  it('that is spoken is stored under its own id first', async () => {
    synapscribe.answers = [done(1)];
    const queryId = randomUUID();
    const answer = await client.ask({ lectureId, queryId, audio: { bytes: wav } });
    expect(answer.audio).toBeNull();
    const audioKey = queryKey(client.identityId, queryId, 'wav');
    expect(await synapscribe.agentCore.requestTo('/v1/queries')).toMatchObject({ body: { queryId, audioKey } });
    const stored = await s3Client(synapscribe.aws).send(new GetObjectCommand({ Bucket: BUCKET, Key: audioKey }));
    expect(Buffer.from((await stored.Body?.transformToByteArray()) ?? [])).toEqual(wav);
  });

  it('that fails on the way says why', async () => {
    synapscribe.answers = [{ type: 'error', seq: 1, code: 'llm_unavailable', message: 'Down.', retryable: true }];
    const asked = client.ask({ lectureId, text: 'Why?' });
    await expect(asked).rejects.toMatchObject({ code: 'llm_unavailable', message: 'Down.', retryable: true });
  });

  it('is cancelled by its signal', async () => {
    const stop = new AbortController();
    const queryId = randomUUID();
    const asked = client.ask(
      { lectureId, text: 'Why?', queryId },
      { signal: stop.signal, onEvent: () => stop.abort(new Error('never mind')) },
    );
    await expect(asked).rejects.toThrow('never mind');
    client.sendRaw('{"action":"ping"}');
    const messages = [await client.nextMessage(), await client.nextMessage()];
    expect(messages).toEqual([{ type: 'accepted', queryId, seq: 0 }, { type: 'pong' }]);
    const path = `/v1/queries/${queryId}?identityId=${encodeURIComponent(client.identityId)}`;
    expect(await synapscribe.agentCore.requestTo(path)).toMatchObject({ method: 'DELETE' });
  });

  it('ends with the connection', async () => {
    const asked = client.ask({ lectureId, text: 'Why?' }, { onEvent: () => client.socket.terminate() });
    await expect(asked).rejects.toMatchObject({ code: 'agent_unavailable' });
  });

  it('ends where nothing comes any more', async () => {
    const asked = client.ask({ lectureId, text: 'Why?' }, { silenceMs: 200 });
    await expect(asked).rejects.toMatchObject({ message: 'SynapScribe has stopped answering. Please ask again.' });
  });
});

describe('the client', () => {
  it('sends what is against the rules', async () => {
    client.sendRaw('not json');
    expect(await client.nextMessage()).toMatchObject({ type: 'error', code: 'bad_request' });
    client.sendRaw(Buffer.from([1, 2, 3]));
    expect(await client.socket.closed).toMatchObject({ code: 1003 });
  });

  it('keeps few of the messages that nobody has asked for', async () => {
    let seen = 0;
    const all = new Promise<void>((resolve) => {
      client.socket.listen(() => {
        if (++seen === 100) resolve();
      });
    });
    for (let i = 0; i < 100; i++) client.sendRaw('{"action":"ping"}');
    await all;
    let kept = 0;
    while (await client.nextMessage(10).catch(() => undefined)) kept++;
    expect(kept).toBe(64);
  });

  it('comes back as the same guest', async () => {
    const again = await SynapscribeClient.create(synapscribe.url, { identityId: client.identityId });
    await again.connect();
    expect(again.identityId).toBe(client.identityId);
    await again.close();
  });

  it('says where nobody answers', async () => {
    await expect(SynapscribeClient.create('ws://127.0.0.1:9/Prod')).rejects.toMatchObject({
      code: 'agent_unavailable',
      message: 'SynapScribe does not answer at http://127.0.0.1:9.',
    });
  });
});

/** The first connection that differs from the present one. */
function nextConnection(of: SynapscribeClient): Promise<ClientSocket> {
  const present = of.socket;
  const connect = of.connect.bind(of);
  return new Promise((resolve) => {
    of.connect = async () => {
      const socket = await connect();
      if (socket !== present) resolve(socket);
      return socket;
    };
  });
}
