/** The three engines over OpenAI-compatible servers, as the settings say: one server may be ears and mind, or two. */
import type { Engines } from '../pipeline/answer-question.ts';
import type { Dependency } from '../readiness.ts';
import { earsOf, type Settings } from '../settings.ts';
import { EngineServer } from './engine-server.ts';
import { OpenAiAnswerer } from './openai-answerer.ts';
import { OpenAiRecognizer } from './openai-recognizer.ts';
import { OpenAiSpeaker } from './openai-speaker.ts';
import { WATCH_TIMES } from './server-watch.ts';

export interface EnginesAndServers extends Engines {
  /** The servers behind them, each once. */
  dependencies: Dependency[];
}

export function createEngines(settings: Settings): EnginesAndServers {
  const { LLM_BASE_URL, LLM_API_KEY, TTS_BASE_URL, TTS_API_KEY, PROBE_AFTER_MS, PROBE_TIMEOUT_MS } = settings;
  const ears = earsOf(settings);
  const times = { ...WATCH_TIMES, graceMs: PROBE_AFTER_MS, probeMs: PROBE_TIMEOUT_MS };
  const mindServer = new EngineServer({ baseUrl: LLM_BASE_URL, apiKey: LLM_API_KEY }, times);
  const sameServer = ears.baseUrl === LLM_BASE_URL && ears.apiKey === LLM_API_KEY;
  const earsServer = sameServer ? mindServer : new EngineServer(ears, times);
  const voiceServer = new EngineServer({ baseUrl: TTS_BASE_URL, apiKey: TTS_API_KEY }, times);

  const dependency = (name: string, server: EngineServer, required: boolean): Dependency => ({
    name,
    required,
    check: async (signal) => await server.check(signal),
  });
  return {
    recognizer: new OpenAiRecognizer(earsServer, {
      model: ears.model,
      timeoutMs: settings.LLM_FIRST_TOKEN_TIMEOUT_MS,
      audioTokensPerSecond: settings.ASR_TOKENS_PER_SECOND,
    }),
    answerer: new OpenAiAnswerer(mindServer, {
      model: settings.LLM_MODEL,
      timeouts: { firstMs: settings.LLM_FIRST_TOKEN_TIMEOUT_MS, nextMs: settings.LLM_TOKEN_TIMEOUT_MS },
    }),
    speaker: new OpenAiSpeaker(voiceServer, {
      model: settings.TTS_MODEL,
      voice: settings.TTS_VOICE,
      timeoutMs: settings.TTS_TIMEOUT_MS,
    }),
    dependencies: [
      dependency('llm', mindServer, true),
      ...(sameServer ? [] : [dependency('asr', earsServer, true)]),
      // Without speech the text still arrives.
      dependency('tts', voiceServer, false),
    ],
  };
}
