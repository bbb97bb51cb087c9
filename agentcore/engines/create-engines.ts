/** The three engines over OpenAI-compatible servers, as the settings say. */
import OpenAI from 'openai';
import type { Engines } from '../pipeline/answer-question.ts';
import type { Settings } from '../settings.ts';
import { OpenAiAnswerer } from './openai-answerer.ts';
import { OpenAiRecognizer } from './openai-recognizer.ts';
import { OpenAiSpeaker } from './openai-speaker.ts';

/** One retry: it covers a connection that the server had closed, without doubling every timeout twice. */
const MAX_RETRIES = 1;

export function createEngines(settings: Settings): Engines {
  const model = new OpenAI({ baseURL: settings.LLM_BASE_URL, apiKey: settings.LLM_API_KEY, maxRetries: MAX_RETRIES });
  const speech = new OpenAI({ baseURL: settings.TTS_BASE_URL, apiKey: settings.TTS_API_KEY, maxRetries: MAX_RETRIES });
  return {
    recognizer: new OpenAiRecognizer(model, {
      model: settings.LLM_MODEL,
      timeoutMs: settings.LLM_FIRST_TOKEN_TIMEOUT_MS,
    }),
    answerer: new OpenAiAnswerer(model, {
      model: settings.LLM_MODEL,
      timeouts: { firstMs: settings.LLM_FIRST_TOKEN_TIMEOUT_MS, nextMs: settings.LLM_TOKEN_TIMEOUT_MS },
    }),
    speaker: new OpenAiSpeaker(speech, {
      model: settings.TTS_MODEL,
      voice: settings.TTS_VOICE,
      timeoutMs: settings.TTS_TIMEOUT_MS,
    }),
  };
}
