import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SynapscribeClient } from '../../cli/client.ts';
import { MAX_SERVER_MESSAGE_BYTES } from '../../protocol/messages.ts';
import { PROMPT } from '../support/scripted-speech.ts';
import { newIdentity, startSystem, type System } from '../support/system.ts';

let system: System;
let client: SynapscribeClient;
let lectureId: string;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => await system.stop());

beforeEach(async () => {
  await system.model.change({
    asrText: 'Why are there tides?',
    asrMs: 0,
    answer: 'The moon pulls on the water, which rises. [2] The sun helps.',
    firstTokenMs: 0,
    tokensPerSecond: 1000,
    fail: null,
    failAfterTokens: 0,
    failStage: 'any',
  });
  system.speech.script = PROMPT;
  system.speech.requests.length = 0;
  client = await SynapscribeClient.create(system.webSocketUrl);
  await client.connect();
  lectureId = await system.addLecture(client.identityId);
});
afterEach(async () => await client.close());

const question = async (): Promise<Buffer> =>
  await readFile(new URL('../fixtures/audio/austen-0880.flac', import.meta.url));

const send = (message: object): void => client.sendRaw(JSON.stringify(message));

/** Sends what is to be refused and gives the reply. */
async function refusal(message: unknown): Promise<unknown> {
  client.sendRaw(typeof message === 'string' ? message : JSON.stringify(message));
  return await client.nextMessage();
}

describe('a question over the WebSocket', () => {
  it('goes from a spoken question to speech, numbered from 0', async () => {
    const answer = await client.ask({ lectureId, audio: { bytes: await question(), extension: 'flac' } });
    expect(answer.events.map(({ event }) => event.seq)).toEqual(answer.events.map((_, i) => i));
    expect(answer.events[0]?.event.type).toBe('accepted');
    expect(answer).toMatchObject({
      question: 'Why are there tides?',
      answer: 'The moon pulls on the water, which rises. The sun helps.',
      citations: [{ start: 6, end: 11 }],
      audio: { mime: 'audio/mpeg' },
    });
    expect(answer.audio?.bytes.length).toBeGreaterThan(20_000);
  });

  it('keeps every message under 30 KB, of the longest answers and sounds too', async () => {
    const segments = Array.from({ length: 9 }, (_, i) => ({
      start: i * 9,
      end: i * 9 + 8,
      text: `${i}潮`.repeat(400),
    }));
    const long = await system.addLecture(client.identityId, {}, segments);
    await system.model.change({ answer: `${'潮水'.repeat(1_900)}。 [1][2][3][4][5][6][7][8][9]` });
    system.speech.script = { ...PROMPT, repeat: 5 };
    const { events, citations } = await client.ask({ lectureId: long, text: '潮'.repeat(1_999) });
    const sizes = events.map(({ event }) => Buffer.byteLength(JSON.stringify(event)));
    expect(Math.max(...sizes)).toBeGreaterThan(20_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_SERVER_MESSAGE_BYTES);
    expect(citations.length).toBeGreaterThan(0);
  });

  it('answers twenty at once, each with its own events in order and none of another', async () => {
    await system.model.change({ tokensPerSecond: 200 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => await client.ask({ lectureId, text: `Question number ${i}, why?` })),
    );
    for (const [i, { queryId, question: heard, events }] of answers.entries()) {
      expect(heard).toBe(`Question number ${i}, why?`);
      expect(events.every(({ event }) => event.queryId === queryId)).toBe(true);
      expect(events.map(({ event }) => event.seq)).toEqual(events.map((_e, n) => n));
    }
    expect(await system.session(client.identityId, lectureId)).toMatchObject({ totalTurns: 20 });
  });

  it('gives one turn for a query that is delivered twice', async () => {
    const queryId = randomUUID();
    const first = await client.ask({ lectureId, queryId, text: 'Why are there tides?' });
    const second = await client.ask({ lectureId, queryId, text: 'Why are there tides?' });
    expect(first.done.turn).toBe(1);
    expect(second).toMatchObject({ answer: first.answer, citations: first.citations, done: { turn: 1 } });
    expect(await system.session(client.identityId, lectureId)).toMatchObject({ totalTurns: 1 });
  });

  it('tells the answer again as often as it is asked for, at once too', async () => {
    const queryId = randomUUID();
    for (let i = 0; i < 8; i++) {
      const { done, answer } = await client.ask({ lectureId, queryId, text: 'Why are there tides?' });
      expect(done.turn).toBe(1);
      expect(answer).toBe('The moon pulls on the water, which rises. The sun helps.');
    }
  });

  it('goes on for a client that comes back while it runs', async () => {
    await system.model.change({ tokensPerSecond: 30 });
    const queryId = randomUUID();
    const message = { action: 'query', queryId, lectureId, text: 'Why are there tides?' };
    send(message);
    const second = await SynapscribeClient.create(system.webSocketUrl, { identityId: client.identityId });
    await second.connect();
    const answer = await second.ask({ lectureId, queryId, text: 'Why are there tides?' });
    expect(answer.answer).toBe('The moon pulls on the water, which rises. The sun helps.');
    expect(answer.done.turn).toBe(1);
    await second.close();
  });
});

describe('a client that goes', () => {
  beforeEach(async () => {
    await system.model.change({ tokensPerSecond: 10, answer: 'The moon pulls on the water here. '.repeat(20) });
    system.speech.script = { ...PROMPT, wholeMs: 20_000 };
  });

  /** Asks and, at the first sound, does what ends the question; gives when that was. */
  async function askUntilAudio(end: (queryId: string) => void): Promise<number> {
    const queryId = randomUUID();
    let at = 0;
    await expect(
      client.ask(
        { lectureId, queryId, text: 'Why?' },
        {
          onEvent: ({ type }) => {
            if (type !== 'audio' || at > 0) return;
            at = Date.now();
            end(queryId);
          },
        },
      ),
    ).rejects.toMatchObject({ name: 'SynapscribeError' });
    return at;
  }

  it.each([
    ['cancels', (queryId: string) => client.cancel(queryId)],
    ['closes the connection', () => void client.close()],
    ['loses the network', () => client.socket.terminate()],
  ])('%s: the model and the voice are aborted', async (_, end) => {
    const at = await askUntilAudio(end);
    while ((await system.model.requests()).at(-1)?.state === 'running') await sleep(5);
    while (system.speech.requests.some(({ endedAt }) => endedAt === null)) await sleep(5);
    const model = (await system.model.requests()).at(-1);
    expect(model?.state).toBe('aborted');
    // Within 100 ms on an idle machine (bench/cancel.ts), and long before they would have ended by themselves.
    expect((model?.endedAt ?? Infinity) - at).toBeLessThan(2_000);
    for (const { endedAt } of system.speech.requests) expect((endedAt ?? Infinity) - at).toBeLessThan(2_000);
  });
});

describe('what is refused, with one clear error each', () => {
  const id = '4f9d3f62-6f0e-4f0a-9f2e-0f6ed2b0a001';

  it.each([
    ['not JSON', '{"action":', /JSON/],
    ['no object', '[]', /object/i],
    ['an unknown action', { action: 'fly' }, /action/i],
    ['no action', { queryId: id }, /action/i],
    ['a missing lecture', { action: 'query', queryId: id, text: 'Why?' }, /lectureId/],
    ['a wrong query id', { action: 'query', queryId: 'x', lectureId: id, text: 'Why?' }, /queryId/],
    ['a number for a text', { action: 'query', queryId: id, lectureId: id, text: 5 }, /text/],
    ['an empty text', { action: 'query', queryId: id, lectureId: id, text: '' }, /text/],
    ['a text that is too long', { action: 'query', queryId: id, lectureId: id, text: 'x'.repeat(2_001) }, /2.?000/],
    ['text and recording', { action: 'query', queryId: id, lectureId: id, text: 'a', audioKey: 'b' }, /audioKey/],
    ['neither', { action: 'query', queryId: id, lectureId: id }, /audioKey/],
    ['a field of its own', { action: 'cancel', queryId: id, force: true }, /force/],
    [
      'an upload without a size',
      { action: 'upload', lectureId: id, title: 'T', filename: 'a.mp3', contentType: 'audio/mpeg' },
      /bytes/,
    ],
    [
      'an upload over 2 GB',
      {
        action: 'upload',
        lectureId: id,
        title: 'T',
        filename: 'a.mp3',
        contentType: 'audio/mpeg',
        bytes: 2_000_000_001,
      },
      /2 GB/,
    ],
    [
      'an upload that climbs',
      { action: 'upload', lectureId: id, title: 'T', filename: '../a.mp3', contentType: 'audio/mpeg', bytes: 9 },
      /filename/,
    ],
  ])('%s', async (_, message, words) => {
    const reply = await refusal(message);
    expect(reply).toMatchObject({ type: 'error', code: 'bad_request', retryable: false });
    expect((reply as { message: string }).message).toMatch(words);
    expect((reply as { message: string }).message).not.toMatch(/\bat \/|node_modules|ZodError/);
    send({ action: 'ping' });
    expect(await client.nextMessage()).toEqual({ type: 'pong' });
  });

  it('the recording of another student, and keys that climb', async () => {
    const queryId = randomUUID();
    const other = newIdentity();
    const ask = (audioKey: string) => ({ action: 'query', queryId, lectureId, audioKey });
    expect(await refusal(ask(`queries/${other}/${queryId}.wav`))).toMatchObject({ code: 'forbidden' });
    const own = client.identityId;
    for (const audioKey of [
      `queries/${own}/../${other}/${queryId}.wav`,
      `queries/${own}%2F${queryId}.wav`,
      `queries/${own}/${queryId}.wav/../x`,
      `lectures/${own}/${lectureId}/a.mp3`,
      '/etc/passwd',
    ]) {
      expect(await refusal(ask(audioKey))).toMatchObject({ type: 'error', code: 'bad_request', queryId });
    }
  });

  it('the lecture of another student, and one that does not exist', async () => {
    const others = await system.addLecture(newIdentity());
    for (const unknown of [others, randomUUID()]) {
      await expect(client.ask({ lectureId: unknown, text: 'Why?' })).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('a lecture that is not ready', async () => {
    const waiting = await system.addLecture(client.identityId, { status: 'transcribing' });
    await expect(client.ask({ lectureId: waiting, text: 'Why?' })).rejects.toMatchObject({
      code: 'lecture_not_ready',
      retryable: true,
    });
  });

  it('a text of 100,000 characters: the gateway closes the connection as API Gateway does', async () => {
    send({ action: 'query', queryId: id, lectureId: id, text: 'x'.repeat(100_000) });
    await expect(client.socket.closed).resolves.toMatchObject({ code: 1009 });
  });

  it("another student's storage", async () => {
    const body = Buffer.from('x');
    const { guest } = client;
    await expect(guest.putObject(`queries/${newIdentity()}/${id}.wav`, body, 'audio/wav')).rejects.toThrow();
    await expect(guest.putObject(`lectures/${client.identityId}/${id}/a.mp3`, body, 'audio/mpeg')).rejects.toThrow();
    await expect(guest.putObject(`responses/${client.identityId}/${id}.mp3`, body, 'audio/mpeg')).rejects.toThrow();
  });
});

describe('faults around it', () => {
  it('does not forget a lecture that was uploaded while the answering host was away', async () => {
    await system.stopAgentCore();
    const waiting = await client.uploadLecture(await question(), {
      title: 'Austen',
      filename: 'austen.flac',
      contentType: 'audio/flac',
    });
    while ((await system.session(client.identityId, waiting))?.durationSeconds === undefined) await sleep(20);
    await system.startAgentCore();
    await client.waitUntilReady(waiting);
    expect((await client.ask({ lectureId: waiting, text: 'Why?' })).done.turn).toBe(1);
  });

  it('tells at once that the answering host is down, and works when it is back', async () => {
    await system.stopAgentCore();
    await expect(client.ask({ lectureId, text: 'Why?' })).rejects.toMatchObject({
      code: 'agent_unavailable',
      retryable: true,
    });
    await system.startAgentCore();
    expect((await client.ask({ lectureId, text: 'Why?' })).done.turn).toBe(1);
  });

  it('sends the text and says that there is no audio when speech is down', async () => {
    system.speech.script = { ...PROMPT, fail: 'error' };
    const answer = await client.ask({ lectureId, text: 'Why?' });
    expect(answer).toMatchObject({ answer: expect.stringContaining('The moon'), audio: null });
    expect(answer.done).toMatchObject({ audioKey: null, audioUrl: null });
  });
});
