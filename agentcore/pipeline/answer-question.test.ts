import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROMPT } from '../../test/support/scripted-speech.ts';
import { startScriptedBackends, type ScriptedBackends } from '../../test/support/scripted-backends.ts';
import { createEngines } from '../engines/create-engines.ts';
import { settingsSchema } from '../settings.ts';
import { answerQuestion, hearQuestion, type AnswerEvents, type Engines } from './answer-question.ts';
import { LectureIndex } from './lecture-index.ts';
import { LectureText } from './prompt.ts';

const segments = [
  'Tides are the slow rise and fall of the sea.',
  'The moon pulls on the water that is nearest to it.',
  'In the Bay of Fundy the range is sixteen metres.',
].map((text, i) => ({ start: i * 6, end: i * 6 + 5, text }));
const SPOKEN = new Float32Array(16_000).fill(0.1);

let backends: ScriptedBackends;
let engines: Engines;

beforeAll(async () => {
  backends = await startScriptedBackends();
  engines = createEngines(
    settingsSchema.parse({
      LLM_BASE_URL: backends.model.baseUrl,
      TTS_BASE_URL: backends.speech.baseUrl,
      LLM_FIRST_TOKEN_TIMEOUT_MS: '1500',
      LLM_TOKEN_TIMEOUT_MS: '700',
      TTS_TIMEOUT_MS: '700',
      AUDIO_BUCKET: 'bucket',
      SESSIONS_TABLE: 'table',
      CONNECTIONS_ENDPOINT: 'http://127.0.0.1:1',
    }),
  );
});
afterAll(async () => await backends.stop());

beforeEach(async () => {
  await backends.model.change({
    asrText: 'Why are there tides?',
    asrMs: 0,
    answer: 'The moon pulls on the water, which rises. [2] The sun helps. [9]',
    firstTokenMs: 0,
    tokensPerSecond: 1000,
    fail: null,
    failAfterTokens: 0,
    failStage: 'any',
  });
  backends.speech.script = PROMPT;
  backends.speech.requests.length = 0;
});

interface Told {
  name: keyof AnswerEvents;
  value: unknown;
}

function ask(question: string | Float32Array = SPOKEN, signal = new AbortController().signal) {
  const told: Told[] = [];
  const note = (name: keyof AnswerEvents) => (value: unknown) => void told.push({ name, value });
  const events = {
    question: note('question'),
    answer: note('answer'),
    audio: note('audio'),
    citation: note('citation'),
    speechFailed: note('speechFailed'),
  };
  const input = {
    segments,
    text: new LectureText('Tides', segments),
    index: new LectureIndex(segments),
    conversation: [],
    contextTokens: 16_384,
    startedAt: performance.now(),
  };
  const result = hearQuestion(question, engines.recognizer, { signal }).then(
    async (heard) => await answerQuestion({ ...input, question: heard }, engines, events, signal),
  );
  return { told, result };
}

const names = (told: Told[]): string[] => told.map(({ name }) => name);

describe('answerQuestion', () => {
  it('hears the question, answers without markers, cites the segment and speaks', async () => {
    const { told, result } = ask();
    await expect(result).resolves.toMatchObject({
      question: 'Why are there tides?',
      answer: 'The moon pulls on the water, which rises. The sun helps.',
      citations: [{ start: 6, end: 11, text: segments[1]?.text }],
      timings: { asrMs: expect.any(Number), firstTokenMs: expect.any(Number), firstAudioMs: expect.any(Number) },
    });
    expect((await result).audio?.length).toBeGreaterThan(10_000);
    expect(names(told)[0]).toBe('question');
    expect(backends.speech.requests.map(({ input }) => input)).toEqual([
      'The moon pulls on the water,',
      'which rises.',
      'The sun helps.',
    ]);
  });

  it('sends the first audio before the last words of the answer are written', async () => {
    await backends.model.change({ tokensPerSecond: 40 });
    const { told, result } = ask();
    await result;
    expect(names(told).indexOf('audio')).toBeGreaterThan(names(told).indexOf('answer'));
    expect(names(told).indexOf('audio')).toBeLessThan(names(told).lastIndexOf('answer'));
  });

  it('forwards a piece as it arrives, before its body is whole', async () => {
    backends.speech.script = { ...PROMPT, firstByteMs: 20, wholeMs: 900 };
    const { told, result } = ask('Why?');
    while (!names(told).includes('audio')) await sleep(5);
    expect(backends.speech.requests[0]?.endedAt).toBeNull();
    await result;
  });

  it('delivers pieces in order, however long each takes, two at a time', async () => {
    backends.speech.script = { ...PROMPT, firstByteMs: 60, wholeMs: 120 };
    await backends.model.change({ answer: 'One is here now. Two is here now. Three is here now. Four is here now.' });
    const { told, result } = ask();
    await result;
    const indexes = told.filter(({ name }) => name === 'audio').map(({ value }) => (value as { index: number }).index);
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    expect(new Set(indexes)).toEqual(new Set([0, 1, 2, 3]));
    const spoken = backends.speech.requests;
    for (const request of spoken) {
      const beside = spoken.filter(
        (other) => other.startedAt < (request.endedAt ?? 0) && request.startedAt < (other.endedAt ?? 0),
      );
      // Itself, one beside it, and one that followed that.
      expect(beside.length).toBeLessThanOrEqual(3);
    }
  });

  it('marks the last chunk of each piece', async () => {
    const { told, result } = ask();
    await result;
    const chunks = told
      .filter(({ name }) => name === 'audio')
      .map(({ value }) => value as { index: number; last: boolean });
    for (const [i, chunk] of chunks.entries()) expect(chunk.last).toBe(chunks[i + 1]?.index !== chunk.index);
  });

  it('grounds an answer that the model did not mark', async () => {
    await backends.model.change({ answer: 'The moon pulls on the nearest water.' });
    const { result } = ask();
    expect((await result).citations).toEqual([{ start: 6, end: 11, text: segments[1]?.text }]);
  });

  it('takes control characters out of what the model writes', async () => {
    await backends.model.change({ answer: 'The \u0000moon \u001b[31mpulls.' });
    const { result } = ask();
    expect((await result).answer).toBe('The moon [31mpulls.');
  });

  it.each(['error', 'cut', 'empty', 'hang', 'busy'] as const)(
    'lets the text arrive whole without audio when speech fails: %s',
    async (fail) => {
      backends.speech.script = { ...PROMPT, wholeMs: 50, fail };
      const { told, result } = ask();
      await expect(result).resolves.toMatchObject({
        answer: 'The moon pulls on the water, which rises. The sun helps.',
        audio: null,
      });
      expect(names(told).filter((name) => name === 'speechFailed')).toHaveLength(1);
    },
  );

  it('has no audio rather than half of it when a later piece fails', async () => {
    backends.speech.script = { ...PROMPT, fail: 'cut', failFrom: 2 };
    const { result } = ask();
    expect((await result).audio).toBeNull();
  });

  it.each([
    ['400', 'llm_unavailable', false],
    ['404', 'llm_unavailable', false],
    ['429', 'overloaded', true],
    ['500', 'llm_unavailable', true],
    ['503', 'llm_unavailable', true],
    ['hang', 'llm_unavailable', true],
    ['die-mid-stream', 'llm_unavailable', true],
    ['broken-sse', 'llm_unavailable', true],
    ['truncated', 'llm_unavailable', true],
    ['error-mid-stream', 'llm_unavailable', true],
  ] as const)('gives one clear error when the model answers %s', async (fail, code, retryable) => {
    await backends.model.change({ fail, failAfterTokens: 3, failStage: 'answer' });
    const { result } = ask();
    await expect(result).rejects.toMatchObject({ name: 'SynapscribeError', code, retryable });
  });

  it.each(['400', '429', '500', 'hang'] as const)('gives one clear error when recognition answers %s', async (fail) => {
    await backends.model.change({ fail, failStage: 'asr' });
    const { result } = ask();
    await expect(result).rejects.toMatchObject({ code: fail === '429' ? 'overloaded' : 'llm_unavailable' });
  });

  it('stops speaking an answer that will not end, and does not call speech failed', async () => {
    await backends.model.change({ answer: 'The moon pulls on it. '.repeat(9), tokensPerSecond: 50 });
    await backends.model.change({ fail: 'die-mid-stream', failAfterTokens: 15, failStage: 'answer' });
    backends.speech.script = { ...PROMPT, wholeMs: 30_000 };
    const { told, result } = ask('Why?');
    await expect(result).rejects.toMatchObject({ code: 'llm_unavailable' });
    while (backends.speech.requests.some(({ endedAt }) => endedAt === null)) await sleep(5);
    expect(backends.speech.requests.length).toBeGreaterThan(0);
    expect(backends.speech.requests.every(({ aborted }) => aborted)).toBe(true);
    expect(names(told)).not.toContain('speechFailed');
  });

  it('says so when no words were heard', async () => {
    await backends.model.change({ asrText: ' . ' });
    const { result } = ask();
    await expect(result).rejects.toMatchObject({ code: 'no_speech' });
  });

  it.each(['🐝', '???', ' … '])('asks for words where a student has typed %j', async (typed) => {
    const { signal } = new AbortController();
    await expect(hearQuestion(typed, engines.recognizer, { signal })).rejects.toMatchObject({
      code: 'bad_request',
      message: 'Ask a question in words.',
      param: 'text',
    });
  });

  it('aborts the model and speech requests in flight when it is cancelled', async () => {
    await backends.model.change({ tokensPerSecond: 20, answer: 'The moon pulls on it, '.repeat(40) });
    backends.speech.script = { ...PROMPT, wholeMs: 30_000 };
    const controller = new AbortController();
    const { told, result } = ask(SPOKEN, controller.signal);
    while (!names(told).includes('audio')) await sleep(5);
    const settled = result.catch((error: unknown) => error);
    const at = Date.now();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await settled).toBe(reason);
    while ((await backends.model.requests()).at(-1)?.state === 'running') await sleep(5);
    while (backends.speech.requests.some(({ endedAt }) => endedAt === null)) await sleep(5);
    const model = (await backends.model.requests()).at(-1);
    expect(model?.state).toBe('aborted');
    expect((model?.endedAt ?? Infinity) - at).toBeLessThan(1_000);
    for (const request of backends.speech.requests) {
      expect(request.aborted).toBe(true);
      expect((request.endedAt ?? Infinity) - at).toBeLessThan(1_000);
    }
  });
});
