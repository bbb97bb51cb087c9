/** Two AgentCores over one storage: what is asked of one about a question that the other is answering. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SynapscribeClient } from '../../cli/client.ts';
import type { ChildService } from '../../cli/child-service.ts';
import { PROMPT } from '../support/scripted-speech.ts';
import { startSystem, type System } from '../support/system.ts';

const LONG = 'The moon pulls on the water here. '.repeat(20);

/** The gateway's Lambdas call the one in this process; the other is a process of its own, which can be killed. */
let system: System;
let other: ChildService;
let otherUrl: string;
let client: SynapscribeClient;
let lectureId: string;
let queryId: string;

async function startOther(): Promise<void> {
  other = await system.startAgentCoreProcess();
  otherUrl = `http://127.0.0.1:${other.port}`;
}

beforeAll(async () => {
  system = await startSystem({ WORKING_INTERVAL_MS: '200', LLM_TOKEN_TIMEOUT_MS: '3000' });
  await startOther();
});
afterAll(async () => {
  await other.stop();
  await system.stop();
});

beforeEach(async () => {
  await system.model.change({
    answer: LONG,
    firstTokenMs: 0,
    tokensPerSecond: 20,
    fail: null,
    failStage: 'any',
  });
  system.speech.script = PROMPT;
  client = await SynapscribeClient.create(system.webSocketUrl);
  await client.connect();
  lectureId = await system.addLecture(client.identityId);
  queryId = randomUUID();
});
afterEach(async () => await client.close());

/** Has the other one begin to answer, for nobody yet. */
async function begin(): Promise<void> {
  const request = { queryId, identityId: client.identityId, lectureId, text: 'Why are there tides?' };
  const response = await fetch(`${otherUrl}/v1/queries`, { method: 'POST', body: JSON.stringify(request) });
  expect(response.status).toBe(202);
}

const ask = async (onEvent?: (type: string) => void, by = client) =>
  await by.ask({ lectureId, queryId, text: 'Why are there tides?' }, { onEvent: ({ type }) => onEvent?.(type) });

async function untilAborted(): Promise<void> {
  while ((await system.model.requests()).at(-1)?.state === 'running') await sleep(20);
  expect((await system.model.requests()).at(-1)?.state).toBe('aborted');
}

describe('a question that another host answers', () => {
  it('is told from its start to whoever joins, on any host, and is answered once', async () => {
    await system.model.change({ answer: 'The moon pulls on the water, which rises. [2] The sun helps.' });
    await begin();
    const second = await SynapscribeClient.create(system.webSocketUrl, { identityId: client.identityId });
    await second.connect();
    const answers = await Promise.all([ask(), ask(undefined, second)]);
    for (const { answer, done, events } of answers) {
      expect(answer).toBe('The moon pulls on the water, which rises. The sun helps.');
      expect(done.turn).toBe(1);
      expect(events.map(({ event }) => event.seq)).toEqual(events.map((_, i) => i));
    }
    await second.close();
    expect(await system.session(client.identityId, lectureId)).toMatchObject({ totalTurns: 1 });
    // What is done is told again by the host that did not answer it.
    expect((await ask()).done.turn).toBe(1);
  });

  it('is cancelled through any host', async () => {
    await begin();
    const asked = ask((type) => {
      if (type === 'answer') client.cancel(queryId);
    });
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    await untilAborted();
  });

  it('ends when its only listener goes, of which another host is told', async () => {
    await begin();
    const asked = ask((type) => {
      if (type === 'answer') client.socket.terminate();
    });
    await expect(asked).rejects.toMatchObject({ code: 'agent_unavailable' });
    await untilAborted();
  });

  it('also ends so while it has nothing to tell', async () => {
    await system.model.change({ firstTokenMs: 60_000 });
    await begin();
    const asked = ask((type) => {
      if (type === 'question') client.socket.terminate();
    });
    await expect(asked).rejects.toMatchObject({ code: 'agent_unavailable' });
    await untilAborted();
  });

  it('is refused on its way where it was cancelled first', async () => {
    client.cancel(queryId);
    client.sendRaw('{"action":"ping"}');
    expect(await client.nextMessage()).toEqual({ type: 'pong' });
    await sleepUntilCancelled();
    const request = { queryId, identityId: client.identityId, lectureId, text: 'Why?' };
    const response = await fetch(`${otherUrl}/v1/queries`, { method: 'POST', body: JSON.stringify(request) });
    await expect(response.json()).resolves.toMatchObject({ error: { code: 'cancelled' } });
  });

  /** `cancel` has no reply: its trace in the table is waited for. */
  async function sleepUntilCancelled(): Promise<void> {
    while ((await system.claim(client.identityId, queryId)) === undefined) await sleep(10);
  }
});

describe('a host that is believed dead, and is not', () => {
  it('falls silent and lets its answer go: the other has told those who wait', async () => {
    await begin();
    const received: unknown[] = [];
    let onAnswer: () => void = () => undefined;
    const answering = new Promise<void>((resolve) => (onAnswer = resolve));
    const asked = ask((type) => {
      if (type === 'answer') onAnswer();
    });
    await answering;
    client.socket.listen(({ raw }) => received.push(raw));
    await system.takeClaim(client.identityId, queryId);
    await untilAborted();
    // All that the model had said is out; nothing comes after it, no second error either.
    client.sendRaw('{"action":"ping"}');
    while (!received.some((message) => JSON.stringify(message).includes('pong'))) await sleep(20);
    expect(received.filter((message) => JSON.stringify(message).includes('"error"'))).toEqual([]);
    await client.close();
    await expect(asked).rejects.toMatchObject({ code: 'agent_unavailable' });
    expect(await system.session(client.identityId, lectureId)).toMatchObject({ totalTurns: 0 });
  });
});

describe('a host that stands still for longer than its lease', () => {
  it('says nothing more when it goes on, and does not keep what another has called interrupted', async () => {
    await begin();
    const asked = ask((type) => {
      if (type === 'answer') other.process.kill('SIGSTOP');
    });
    await expect(asked).rejects.toMatchObject({ message: 'The answer was interrupted. Please ask again.' });
    const received: string[] = [];
    client.socket.listen(({ raw }) => received.push(JSON.stringify(raw)));
    other.process.kill('SIGCONT');
    // It finds that the model has stalled, or that its lease is gone: either ends the question there.
    const idle = /^synapscribe_queries_in_flight 0$/m;
    while (!idle.test(await (await fetch(`${otherUrl}/metrics`)).text())) await sleep(50);
    client.sendRaw('{"action":"ping"}');
    while (!received.some((message) => message.includes('"pong"'))) await sleep(20);
    expect(received.filter((message) => /"(error|done)"/.test(message))).toEqual([]);
    expect(await system.session(client.identityId, lectureId)).toMatchObject({ totalTurns: 0 });
  });
});

describe('a host that dies', () => {
  afterEach(startOther);

  it('has those who wait for its answer told by another, who answers the next question', async () => {
    await begin();
    const asked = ask((type) => {
      if (type === 'answer') other.process.kill('SIGKILL');
    });
    await expect(asked).rejects.toMatchObject({
      code: 'agent_unavailable',
      retryable: true,
      message: 'The answer was interrupted. Please ask again.',
    });
    await other.exited;
    await system.model.change({ answer: 'The moon.', tokensPerSecond: 1_000 });
    // The same question too: its claim went with its host.
    expect((await ask()).done.turn).toBe(1);
    while ((await system.claim(client.identityId, queryId)) !== undefined) await sleep(20);
  });
});

describe('a question that takes its time', () => {
  it('is waited for by a client that hears signs of life only', async () => {
    await system.model.change({ answer: 'The moon.', firstTokenMs: 1_500 });
    const answer = await client.ask({ lectureId, text: 'Why?' }, { silenceMs: 900 });
    expect(answer.answer).toBe('The moon.');
  });

  it('is given up by a client that hears nothing at all', async () => {
    await system.model.change({ firstTokenMs: 60_000 });
    const asked = client.ask({ lectureId, text: 'Why?' }, { silenceMs: 50 });
    await expect(asked).rejects.toMatchObject({ code: 'agent_unavailable', retryable: true });
  });
});
