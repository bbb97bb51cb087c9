import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeWav } from '../../audio/wav.ts';
import type { QueryEvent } from '../../protocol/messages.ts';
import { PROMPT } from '../support/scripted-speech.ts';
import { askSse } from '../support/sse.ts';
import { newIdentity, SEGMENTS, startSystem, type System } from '../support/system.ts';

let system: System;
let identityId: string;
let lectureId: string;

beforeAll(async () => {
  system = await startSystem({
    LLM_FIRST_TOKEN_TIMEOUT_MS: '1500',
    LLM_TOKEN_TIMEOUT_MS: '700',
    SHUTDOWN_GRACE_MS: '300',
  });
});
afterAll(async () => await system.stop());

beforeEach(async () => {
  identityId = newIdentity();
  lectureId = await system.addLecture(identityId);
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
});

const speech = async (): Promise<Buffer> =>
  await readFile(new URL('../fixtures/audio/austen-0880.flac', import.meta.url));
const ask = async (over: Record<string, unknown> = {}, onEvent?: (event: QueryEvent) => void, signal?: AbortSignal) =>
  await askSse(
    system.agentcoreUrl,
    { queryId: randomUUID(), identityId, lectureId, text: 'Why are there tides?', ...over },
    onEvent,
    signal,
  );
const typesOf = (events: QueryEvent[]): string[] => events.map(({ type }) => type);

describe('a question over HTTP', () => {
  it('is heard, answered, spoken, cited and stored', async () => {
    const queryId = randomUUID();
    const audioKey = await system.addRecording(identityId, queryId, await speech(), 'flac');
    const { events } = await ask({ queryId, audioKey, text: undefined });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(typesOf(events)[0]).toBe('question');
    const done = events.at(-1);
    expect(done).toMatchObject({
      type: 'done',
      question: 'Why are there tides?',
      turn: 1,
      audioKey: `responses/${identityId}/${queryId}.mp3`,
      citations: [{ start: SEGMENTS[1]?.start, end: SEGMENTS[1]?.end }],
    });
    const deltas = events.flatMap((event) => (event.type === 'answer' ? [event.delta] : []));
    expect(done).toMatchObject({ answer: deltas.join('') });

    const sent = Buffer.concat(events.flatMap((e) => (e.type === 'audio' ? [Buffer.from(e.data, 'base64')] : [])));
    const { audioUrl } = done as { audioUrl: string };
    const kept = await (await fetch(audioUrl)).arrayBuffer();
    expect(Buffer.compare(Buffer.from(kept), sent)).toBe(0);

    const session = await system.session(identityId, lectureId);
    expect(session).toMatchObject({ totalTurns: 1, conversation: [{ queryId, question: 'Why are there tides?' }] });
    expect(session?.expiresAt).toBeGreaterThan(Date.now() / 1000 + 6.9 * 24 * 3600);
  });

  it('gives one turn for two deliveries, one after the other or at once', async () => {
    const queryId = randomUUID();
    const [first, second] = await Promise.all([ask({ queryId }), ask({ queryId })]);
    await ask();
    const third = await ask({ queryId });
    for (const { events } of [first, second, third]) expect(events.at(-1)).toMatchObject({ type: 'done', turn: 1 });
    expect(third.events.at(-1)).toMatchObject({ answer: 'The moon pulls on the water, which rises. The sun helps.' });
    expect(await system.session(identityId, lectureId)).toMatchObject({ totalTurns: 2 });
  });

  it('answers twenty at once, each with its own events in order and none of another', async () => {
    await system.model.change({ tokensPerSecond: 200 });
    const asked = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const queryId = randomUUID();
        const answer = await ask({ queryId, text: `Question number ${i}, why is it so?` });
        return { queryId, i, ...answer };
      }),
    );
    for (const { queryId, i, events } of asked) {
      expect(events.every((event) => event.queryId === queryId)).toBe(true);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, n) => n + 1));
      expect(events[0]).toMatchObject({ type: 'question', text: `Question number ${i}, why is it so?` });
      expect(events.at(-1)).toMatchObject({ type: 'done' });
    }
    const session = await system.session(identityId, lectureId);
    expect(session).toMatchObject({ totalTurns: 20 });
    expect(new Set(asked.map(({ events }) => (events.at(-1) as { turn: number }).turn)).size).toBe(20);
  });

  it('lets no student keep the others out', async () => {
    await system.model.change({ tokensPerSecond: 20 });
    const queries = Array.from({ length: 26 }, async () => await ask());
    const refused = (await Promise.all(queries)).filter(({ error }) => error?.code === 'overloaded');
    expect(refused).toHaveLength(2);
  });

  it('leaves the conversation to the next question', async () => {
    await ask({ text: 'What pulls the water?' });
    await ask({ text: 'And why?' });
    const request = (await system.model.requests()).at(-1);
    expect(request?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(request?.messages[1]?.text).toBe('What pulls the water?');
  });

  it('still tells the text when speech is down, and that there is no audio', async () => {
    system.speech.script = { ...PROMPT, fail: 'error' };
    const { events } = await ask();
    expect(events.at(-1)).toMatchObject({ type: 'done', audioKey: null, audioUrl: null });
    expect(typesOf(events)).not.toContain('audio');
  });

  it.each(['400', '404', '429', '500', 'die-mid-stream', 'broken-sse', 'hang'])(
    'ends in one error event when the model fails with %s, and the next question works',
    async (fail) => {
      await system.model.change({ fail, failAfterTokens: 2 });
      const queryId = randomUUID();
      const { events } = await ask({ queryId });
      expect(typesOf(events).filter((type) => type === 'error' || type === 'done')).toEqual(['error']);
      expect(events.at(-1)).toMatchObject({
        type: 'error',
        message: expect.stringMatching(/^The language model .+\.$/),
      });
      await system.model.change({ fail: null });
      const again = await ask({ queryId });
      expect(again.events.at(-1)).toMatchObject({ type: 'done', turn: 1 });
    },
  );
});

describe('cancelling', () => {
  beforeEach(async () => {
    await system.model.change({ tokensPerSecond: 10, answer: 'The moon pulls on the water here. '.repeat(20) });
    system.speech.script = { ...PROMPT, wholeMs: 20_000 };
    system.speech.requests.length = 0;
  });

  async function expectAbortedSince(at: number): Promise<void> {
    while ((await system.model.requests()).at(-1)?.state === 'running') await sleep(5);
    while (system.speech.requests.some(({ endedAt }) => endedAt === null)) await sleep(5);
    const model = (await system.model.requests()).at(-1);
    expect(model?.state).toBe('aborted');
    expect((model?.endedAt ?? Infinity) - at).toBeLessThan(1_000);
    for (const { aborted, endedAt } of system.speech.requests) {
      expect(aborted).toBe(true);
      expect((endedAt ?? Infinity) - at).toBeLessThan(1_000);
    }
  }

  it('aborts the model and the voice, and tells so', async () => {
    const queryId = randomUUID();
    let at = 0;
    const { events } = await ask({ queryId }, (event) => {
      if (event.type !== 'audio' || at > 0) return;
      at = Date.now();
      const query = new URLSearchParams({ identityId }).toString();
      void fetch(`${system.agentcoreUrl}/v1/queries/${queryId}?${query}`, { method: 'DELETE' });
    });
    await expectAbortedSince(at);
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'cancelled', retryable: false });
    expect(await system.session(identityId, lectureId)).toMatchObject({ totalTurns: 0 });
  });

  it('happens when the client of the stream goes', async () => {
    const controller = new AbortController();
    let at = 0;
    const asked = ask(
      {},
      (event) => {
        if (event.type !== 'audio') return;
        at = Date.now();
        controller.abort();
      },
      controller.signal,
    );
    await expect(asked).rejects.toThrow();
    await expectAbortedSince(at);
  });

  it('is refused for the question of another student', async () => {
    const queryId = randomUUID();
    const controller = new AbortController();
    let status = 0;
    const asked = ask(
      { queryId },
      (event) => {
        if (event.type !== 'question') return;
        const query = new URLSearchParams({ identityId: newIdentity() }).toString();
        void fetch(`${system.agentcoreUrl}/v1/queries/${queryId}?${query}`, { method: 'DELETE' }).then((response) => {
          status = response.status;
          controller.abort();
        });
      },
      controller.signal,
    );
    await expect(asked).rejects.toThrow();
    expect(status).toBe(404);
  });
});

describe('what is refused', () => {
  it.each([
    ['a missing field', { queryId: undefined }, 400, 'bad_request'],
    ['a wrong id', { queryId: '../x' }, 400, 'bad_request'],
    ['neither text nor audio', { text: undefined }, 400, 'bad_request'],
    ['an empty text', { text: '  ' }, 400, 'bad_request'],
    ['a text of 100,000 characters', { text: 'x'.repeat(100_000) }, 400, 'bad_request'],
    ['an unknown lecture', { lectureId: randomUUID() }, 404, 'not_found'],
  ])('%s', async (_, over, status, code) => {
    const answer = await ask(over);
    expect(answer).toMatchObject({ status, error: { code } });
  });

  it('a recording of another student, or of another question', async () => {
    const queryId = randomUUID();
    const others = `queries/${newIdentity()}/${queryId}.wav`;
    expect(await ask({ queryId, text: undefined, audioKey: others })).toMatchObject({ error: { code: 'forbidden' } });
    const another = `queries/${identityId}/${randomUUID()}.wav`;
    expect(await ask({ queryId, text: undefined, audioKey: another })).toMatchObject({
      error: { code: 'bad_request' },
    });
    for (const audioKey of [`queries/${identityId}/../${queryId}.wav`, `queries/${identityId}%2F${queryId}.wav`]) {
      expect(await ask({ queryId, text: undefined, audioKey })).toMatchObject({ error: { code: 'bad_request' } });
    }
  });

  it.each(['uploaded', 'validating', 'transcribing', 'rejected'] as const)('a lecture that is %s', async (status) => {
    const waiting = await system.addLecture(identityId, { status, statusReason: 'It is a ZIP file.' });
    const answer = await ask({ lectureId: waiting });
    expect(answer).toMatchObject({ status: 409, error: { code: 'lecture_not_ready' } });
    expect(answer.error?.message).toContain(status === 'rejected' ? 'It is a ZIP file.' : status);
  });

  it.each([
    ['empty', Buffer.alloc(0), 'unsupported_audio'],
    ['not audio', Buffer.from('PK\u0003\u0004 this is a ZIP file, not a recording'.repeat(20)), 'unsupported_audio'],
    ['silent', encodeWav(new Float32Array(48_000), 16_000), 'no_speech'],
    [
      'too long',
      encodeWav(
        new Float32Array(16_000 * 90).map((_, i) => Math.sin(i / 20) / 2),
        16_000,
      ),
      'audio_too_long',
    ],
  ])('a question file that is %s', async (_, body, code) => {
    const queryId = randomUUID();
    const audioKey = await system.addRecording(identityId, queryId, body);
    const { events } = await ask({ queryId, audioKey, text: undefined });
    expect(events).toMatchObject([{ type: 'error', code }]);
  });

  it('a question file that is not there', async () => {
    const queryId = randomUUID();
    const { events } = await ask({ queryId, audioKey: `queries/${identityId}/${queryId}.wav`, text: undefined });
    expect(events).toMatchObject([{ type: 'error', code: 'not_found' }]);
  });

  it('a body that is no JSON', async () => {
    const response = await fetch(`${system.agentcoreUrl}/v1/queries`, { method: 'POST', body: '{' });
    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({ error: { code: 'invalid_json' } });
  });
});

describe('what a student wrote into the session', () => {
  it('is not signed: a stored key leads to nothing but the answer that AgentCore wrote', async () => {
    const queryId = randomUUID();
    await ask({ queryId });
    const session = await system.session(identityId, lectureId);
    const victim = await system.addRecording(newIdentity(), randomUUID(), Buffer.from('secret'));
    const forged = session?.conversation.map((turn) => ({ ...turn, audioKey: victim }));
    await system.putSession({ ...session, conversation: forged });
    const { events } = await ask({ queryId });
    expect(events.at(-1)).toMatchObject({ type: 'done', audioKey: null, audioUrl: null });
  });
});

describe('faults around it', () => {
  it('ends a question at once that is cancelled while storage hangs, and answers when it is back', async () => {
    system.storageProxy.limitBytes = 0;
    const queryId = randomUUID();
    const asked = ask({ queryId });
    const path = `${system.agentcoreUrl}/v1/queries/${queryId}?identityId=${encodeURIComponent(identityId)}`;
    const metrics = async (): Promise<string> => await (await fetch(`${system.agentcoreUrl}/metrics`)).text();
    while (!/^synapscribe_queries_in_flight 1$/m.test(await metrics())) await sleep(20);
    expect((await fetch(path, { method: 'DELETE' })).status).toBe(204);
    expect(await asked).toMatchObject({ error: { code: 'cancelled' } });
    system.storageProxy.limitBytes = undefined;
    expect((await ask()).events.at(-1)).toMatchObject({ type: 'done' });
  });

  it('refuses a question whose cancel came first', async () => {
    const queryId = randomUUID();
    const path = `${system.agentcoreUrl}/v1/queries/${queryId}?identityId=${encodeURIComponent(identityId)}`;
    expect((await fetch(path, { method: 'DELETE' })).status).toBe(404);
    expect(await ask({ queryId })).toMatchObject({ error: { code: 'cancelled' } });
  });

  it('tells once that storage is down, and works when it is back', async () => {
    await system.stopStorage();
    const answer = await ask();
    expect(answer).toMatchObject({ status: 500, error: { code: 'internal' } });
    await system.startStorage();
    expect((await ask()).events.at(-1)).toMatchObject({ type: 'done' });
  });

  it('keeps an answer that was whole when storage went, tells so, and stores it when storage is back', async () => {
    await system.model.change({ tokensPerSecond: 20 });
    let stopped: Promise<void> | undefined;
    const queryId = randomUUID();
    const { events } = await ask({ queryId }, ({ type }) => {
      if (type === 'answer') stopped ??= system.stopStorage();
    });
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      code: 'internal',
      message:
        'The answer is whole but cannot be kept right now. Please ask again if it is not in the conversation soon.',
    });
    await stopped;
    await system.startStorage();
    while ((await system.session(identityId, lectureId))?.totalTurns !== 1) await sleep(50);
    while ((await system.claim(identityId, queryId)) !== undefined) await sleep(50);
    // Asked again, it is told and not answered anew.
    expect((await ask({ queryId })).events.at(-1)).toMatchObject({ type: 'done', turn: 1 });
  });

  it('ends running questions at shutdown with an error that invites to ask again', async () => {
    await system.model.change({ tokensPerSecond: 5, answer: 'The moon pulls on the water here. '.repeat(20) });
    let stopped: Promise<void> | undefined;
    const { events } = await ask({}, (event) => {
      if (event.type === 'answer') stopped ??= system.stopAgentCore();
    });
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'agent_unavailable', retryable: true });
    await stopped;
    await system.startAgentCore();
  });

  it('tells what it can reach, and counts what it did', async () => {
    await ask();
    const ready = await fetch(`${system.agentcoreUrl}/ready`);
    expect(ready.status).toBe(200);
    await expect(ready.json()).resolves.toMatchObject({
      ready: true,
      dependencies: { llm: 'ok', tts: 'ok', s3: 'ok', dynamodb: 'ok' },
    });
    const metrics = await (await fetch(`${system.agentcoreUrl}/metrics`)).text();
    expect(metrics).toMatch(/^synapscribe_queries_total\{outcome="done"\} [1-9]/m);
    expect(metrics).toMatch(/^synapscribe_query_first_audio_seconds_count [1-9]/m);
  });
});
