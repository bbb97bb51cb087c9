/** What a whole AgentCore, as a process of its own, writes to its log for CloudWatch. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import type { ChildService } from '../../cli/child-service.ts';
import { PROMPT } from '../support/scripted-speech.ts';
import { askSse, type SseAnswer } from '../support/sse.ts';
import { newIdentity, startSystem, type System } from '../support/system.ts';

let system: System;
let agentcore: ChildService;
let log = '';

const into = (take: (text: string) => void): Writable =>
  new Writable({
    write: (chunk: Buffer, _, done) => {
      take(chunk.toString());
      done();
    },
  });

beforeAll(async () => {
  system = await startSystem();
  const env = { CLOUDWATCH_METRICS_NAMESPACE: 'SynapScribe/test', MAX_QUERIES_PER_STUDENT: '1' };
  agentcore = await system.startAgentCoreProcess({
    env,
    log: into((text) => (log += text)),
  });
  await system.model.change({ answer: 'The moon pulls on the water. [2]', firstTokenMs: 0, tokensPerSecond: 1000 });
}, 60_000);
afterAll(async () => {
  await agentcore.stop();
  await system.stop();
});

describe('after questions of every kind', () => {
  const totals = new Map<string, number | number[]>();
  const asked: SseAnswer[] = [];

  beforeAll(async () => {
    const ask = async (query: Record<string, unknown>, onEvent?: () => void): Promise<SseAnswer> => {
      const request = { queryId: randomUUID(), text: 'Why are there tides?', ...query };
      return await askSse(`http://127.0.0.1:${agentcore.port}`, request, onEvent, AbortSignal.timeout(20_000));
    };
    // Each has one question in work at most, and the last event of an answer comes a moment before its end.
    const student = async () => {
      const identityId = newIdentity();
      return { identityId, lectureId: await system.addLecture(identityId) };
    };
    system.speech.script = PROMPT;
    asked.push(await ask(await student()));
    system.speech.script = { ...PROMPT, fail: 'error' };
    asked.push(await ask(await student()));
    system.speech.script = PROMPT;
    asked.push(await ask({ ...(await student()), lectureId: randomUUID() }));
    await system.model.change({ fail: '500' });
    asked.push(await ask(await student()));
    await system.model.change({ fail: null, tokensPerSecond: 20 });
    const hasty = await student();
    let second: Promise<SseAnswer> | undefined;
    asked.push(
      await ask(hasty, () => {
        second ??= ask(hasty);
      }),
    );
    if (second !== undefined) asked.push(await second);
    await agentcore.stop();

    for (const line of log.trim().split('\n')) {
      const document = JSON.parse(line) as Record<string, number | number[]>;
      if (!('_aws' in document)) continue;
      for (const [name, value] of Object.entries(document)) {
        const before = totals.get(name) ?? 0;
        if (name === 'QueueDepth') totals.set(name, Math.max(Number(before), Number(value)));
        else if (Array.isArray(value)) totals.set(name, [...(before === 0 ? [] : [before].flat()), ...value]);
        else if (typeof value === 'number') totals.set(name, Number(before) + value);
      }
    }
  }, 60_000);

  it('ended as this test means', () => {
    const ends = asked.map(({ events, error }) => error?.code ?? events.at(-1)?.type);
    expect(ends).toEqual(['done', 'done', 'not_found', 'error', 'done', 'overloaded']);
  });

  it('tells how many there were, how many failed, and how many went unspoken', () => {
    expect(totals.get('Questions')).toBe(6);
    expect(totals.get('QuestionsFailed')).toBe(2);
    expect(totals.get('SpeechFailures')).toBe(1);
    expect(totals.get('QueueDepth')).toBeGreaterThanOrEqual(1);
    expect(totals.get('QueueDepth')).toBeLessThanOrEqual(2);
  });

  it('tells the times that the students were told', () => {
    const told = asked.flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'done' ? [event.timings] : [])),
    );
    expect(totals.get('TotalTime')).toEqual(told.map(({ totalMs }) => totalMs));
    const firstAudio = told.flatMap(({ firstAudioMs }) => (firstAudioMs === null ? [] : [firstAudioMs]));
    expect(firstAudio).toHaveLength(2);
    expect(totals.get('FirstAudio')).toEqual(firstAudio);
  });

  it('leaves the log as lines of JSON, with lines of its own', () => {
    const lines = log.trim().split('\n');
    const documents = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(documents.filter((document) => '_aws' in document && 'msg' in document)).toEqual([]);
    expect(documents.at(-1)).toMatchObject({ msg: 'stopped' });
    expect(documents.filter(({ msg }) => msg === 'answered')).toHaveLength(3);
    expect(documents.filter((document) => '_aws' in document)).not.toEqual([]);
  });
});

it('writes none without a namespace', async () => {
  let quiet = '';
  const other = await system.startAgentCoreProcess({ log: into((text) => (quiet += text)) });
  await other.stop();
  expect(quiet).toContain('"listening"');
  expect(quiet).not.toContain('_aws');
}, 60_000);
