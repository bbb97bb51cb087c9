/** The engines against servers that go away in every manner, over real sockets, with short times. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../cli/free-ports.ts';
import { startScripted, type TestServer } from '../../containers/vllm-cpu/test-support/scripted-server.ts';
import { readSettings } from '../../service-kit/settings.ts';
import { PROMPT, startScriptedSpeech, type ScriptedSpeech } from '../../test/support/scripted-speech.ts';
import { startStallingProxy, type StallingProxy } from '../../test/support/stalling-proxy.ts';
import { earsOf, settingsSchema } from '../settings.ts';
import { createEngines, type EnginesAndServers } from './create-engines.ts';

const SECOND = new Float32Array(16_000).fill(0.1);
const GONE = { code: 'llm_unavailable', retryable: true, message: expect.stringContaining('cannot be reached') };

let port: number;
let model: TestServer;
let speech: ScriptedSpeech;
let modelProxy: StallingProxy;
let speechProxy: StallingProxy;
let engines: EnginesAndServers;

const startModel = async (env: Record<string, string> = {}): Promise<TestServer> =>
  await startScripted({
    PORT: String(port),
    STUB_ASR_TEXT: 'Why are there tides?',
    STUB_ANSWER: 'The moon pulls.',
    ...env,
  });

const settingsFor = (env: Record<string, string> = {}) =>
  readSettings(settingsSchema, {
    LLM_BASE_URL: `${modelProxy.url}/v1`,
    TTS_BASE_URL: `${new URL(speechProxy.url).origin}/v1`,
    AUDIO_BUCKET: 'bucket',
    SESSIONS_TABLE: 'table',
    CONNECTIONS_ENDPOINT: 'http://127.0.0.1:1',
    // Far beyond the test's own time limit: what ends, ends by the watch.
    LLM_FIRST_TOKEN_TIMEOUT_MS: '600000',
    LLM_TOKEN_TIMEOUT_MS: '600000',
    TTS_TIMEOUT_MS: '120000',
    PROBE_AFTER_MS: '60',
    PROBE_TIMEOUT_MS: '400',
    ...env,
  });

beforeEach(async () => {
  [port = 0] = await freePorts(1);
  model = await startModel();
  speech = await startScriptedSpeech();
  modelProxy = await startStallingProxy(model.url);
  speechProxy = await startStallingProxy(speech.baseUrl);
  engines = createEngines(settingsFor());
});
afterEach(async () => {
  await Promise.all([modelProxy.stop(), speechProxy.stop()]);
  await Promise.all([model.stop(), speech.stop()]);
});

const signal = new AbortController().signal;
const hear = async (): Promise<string> => await engines.recognizer.transcribe(SECOND, { signal });
async function answer(onToken: (token: string) => void = () => undefined): Promise<string> {
  let text = '';
  for await (const token of engines.answerer.answer([{ role: 'user', content: 'Why?' }], { signal })) {
    text += token;
    onToken(token);
  }
  return text;
}
async function speak(): Promise<number> {
  let bytes = 0;
  for await (const chunk of engines.speaker.speak('The moon pulls.', { signal })) bytes += chunk.byteLength;
  return bytes;
}

describe('a model that is slow', () => {
  it('is waited for while its server answers at all', async () => {
    await model.change({ asrMs: 1_500, firstTokenMs: 1_500 });
    expect(await hear()).toBe('Why are there tides?');
    expect(await answer()).toBe('The moon pulls.');
  });
});

describe('a model server that goes away', () => {
  it.each([
    ['the words', hear],
    ['the first token', answer],
  ])(
    'ends the wait for %s when it answers nothing any more, and the next request works when it is back',
    async (_, ask) => {
      modelProxy.limitBytes = 0;
      await expect(ask()).rejects.toMatchObject(GONE);
      await expect(ask()).rejects.toMatchObject(GONE);
      modelProxy.limitBytes = undefined;
      expect(await ask()).not.toBe('');
    },
  );

  it('ends the wait for the next token', async () => {
    await model.change({ tokensPerSecond: 10, answer: 'The moon pulls on it. '.repeat(40) });
    const asked = answer(() => (modelProxy.limitBytes = 0));
    await expect(asked).rejects.toMatchObject(GONE);
    modelProxy.limitBytes = undefined;
    await model.change({ tokensPerSecond: 1000 });
    expect(await answer()).toContain('The moon');
  });

  it('is told of at once when it is killed, and asked again at once when it is back', async () => {
    engines = createEngines(settingsFor({ LLM_BASE_URL: `${model.url}/v1`, PROBE_TIMEOUT_MS: '60000' }));
    await model.change({ asrMs: 600_000 });
    const asked = hear();
    while ((await model.requests()).length === 0) await sleep(5);
    await Promise.all([
      expect(asked).rejects.toMatchObject({ code: 'llm_unavailable', retryable: true }),
      model.stop(),
    ]);
    await expect(hear()).rejects.toMatchObject(GONE);
    model = await startModel();
    expect(await hear()).toBe('Why are there tides?');
  });

  it('is told of where its name is not known any more', async () => {
    engines = createEngines(settingsFor({ LLM_BASE_URL: 'http://gone.invalid:8000/v1' }));
    await expect(hear()).rejects.toMatchObject(GONE);
  });
});

describe('a speech service that hangs', () => {
  it('is given up, is not waited for by the pieces that follow, and speaks again when it is back', async () => {
    speechProxy.limitBytes = 0;
    const unavailable = { code: 'tts_unavailable', retryable: true };
    await expect(speak()).rejects.toMatchObject(unavailable);
    const asked = speech.requests.length;
    await expect(Promise.all([speak(), speak()])).rejects.toMatchObject(unavailable);
    expect(speech.requests).toHaveLength(asked);
    speechProxy.limitBytes = undefined;
    expect(await speak()).toBeGreaterThan(1_000);
  });

  it('is waited for where it is slow', async () => {
    speech.script = { ...PROMPT, firstByteMs: 1_500, wholeMs: 1_600 };
    expect(await speak()).toBeGreaterThan(1_000);
  });
});

describe('ears and mind', () => {
  it('are one server where nothing else is said', () => {
    const one = settingsFor({
      LLM_MODEL: 'omni',
      LLM_API_KEY: 'key',
      ASR_BASE_URL: '',
      ASR_MODEL: '',
      ASR_API_KEY: '',
    });
    expect(earsOf(one)).toEqual({ baseUrl: `${modelProxy.url}/v1`, model: 'omni', apiKey: 'key' });
    expect(createEngines(one).dependencies.map(({ name }) => name)).toEqual(['llm', 'tts']);
  });

  it("are two where two are set, and one is not told the other's key", () => {
    const two = settingsFor({ LLM_API_KEY: 'key', ASR_BASE_URL: 'http://127.0.0.1:9/v1', ASR_MODEL: 'ears' });
    expect(earsOf(two)).toEqual({ baseUrl: 'http://127.0.0.1:9/v1', model: 'ears', apiKey: 'none' });
    expect(createEngines(two).dependencies.map(({ name }) => name)).toEqual(['llm', 'asr', 'tts']);
    expect(earsOf(settingsFor({ ASR_API_KEY: 'own' })).apiKey).toBe('own');
  });

  it('are asked each at its own server, by its own model and key', async () => {
    const ears = await startScripted({ LLM_MODEL: 'ears', VLLM_API_KEY: 'e', STUB_ASR_TEXT: 'How?', STUB_ANSWER: 'x' });
    engines = createEngines(settingsFor({ ASR_BASE_URL: `${ears.url}/v1`, ASR_MODEL: 'ears', ASR_API_KEY: 'e' }));
    expect(await hear()).toBe('How?');
    expect(await answer()).toBe('The moon pulls.');
    expect((await ears.requests()).map(({ stage }) => stage)).toEqual(['asr']);
    expect((await model.requests()).map(({ stage }) => stage)).toEqual(['answer']);
    await Promise.all(engines.dependencies.map(async ({ check }) => await check(signal)));
    await ears.stop();
    const states = await Promise.allSettled(engines.dependencies.map(async ({ check }) => await check(signal)));
    expect(states.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(hear()).rejects.toMatchObject(GONE);
    expect(await answer()).toBe('The moon pulls.');
  });

  it('are believed to hear all where it is unknown how they count', async () => {
    engines = createEngines(settingsFor({ ASR_TOKENS_PER_SECOND: '1000' }));
    await expect(hear()).rejects.toMatchObject({ message: expect.stringContaining('did not hear the whole') });
    engines = createEngines(settingsFor({ ASR_TOKENS_PER_SECOND: '0' }));
    expect(await hear()).toBe('Why are there tides?');
  });
});
