/** Ears over vLLM's chat endpoint: its transcription endpoint does not know Qwen2.5-Omni (FACTS: 400). */
import { encodeWav } from '../../audio/wav.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import { languageName } from '../../protocol/languages.ts';
import type { Recognizer, SpeechOptions } from './engines.ts';
import type { EngineServer } from './engine-server.ts';
import { toModelError } from './model-errors.ts';
import { before } from '../stall-timeout.ts';

const SAMPLE_RATE = 16_000;
/** Qwen2.5-Omni cuts an item at 300 s without a word. */
const MAX_SECONDS = 240;
/** Fast speech is about 4 words, 6 tokens, a second. */
const TEXT_TOKENS_PER_SECOND = 8;

const TRANSCRIBE = 'Transcribe this recording word for word. Reply with the words alone.';
/** The CPU stand-in reads it too (containers/vllm-cpu/ears/language.ts). */
const spokenIn = (language: string | undefined): string =>
  language === undefined ? '' : `The speech is in ${languageName(language)}. `;

export interface OpenAiRecognizerOptions {
  model: string;
  /** Until the whole text is there. */
  timeoutMs: number;
  /** What the model makes of a second of sound, to notice when it was not given all of it; 0 where that is unknown. */
  audioTokensPerSecond: number;
}

export class OpenAiRecognizer implements Recognizer {
  readonly #server: EngineServer;
  readonly #options: OpenAiRecognizerOptions;

  constructor(server: EngineServer, options: OpenAiRecognizerOptions) {
    this.#server = server;
    this.#options = options;
  }

  async transcribe(samples: Float32Array, { signal, language }: SpeechOptions): Promise<string> {
    const seconds = samples.length / SAMPLE_RATE;
    if (seconds > MAX_SECONDS) throw new RangeError(`a piece may last ${MAX_SECONDS} s, this one ${seconds} s`);
    const { timeoutMs, audioTokensPerSecond } = this.#options;
    const { watch } = this.#server;
    const data = encodeWav(samples, SAMPLE_RATE).toString('base64');
    const controller = new AbortController();
    const request = AbortSignal.any([signal, controller.signal]);
    const abort = (): void => controller.abort();
    try {
      await watch.enter();
      const completion = await before(this.#ask(data, seconds, language, request), timeoutMs, abort, watch);
      const heardTokens = completion.usage?.prompt_tokens;
      if (heardTokens !== undefined && heardTokens < Math.floor(seconds * audioTokensPerSecond * 0.95)) {
        throw new SynapscribeError('llm_unavailable', 'The speech recognizer did not hear the whole recording.');
      }
      return (completion.choices[0]?.message.content ?? '').trim();
    } catch (error) {
      throw toModelError(error, signal);
    }
  }

  async #ask(data: string, seconds: number, language: string | undefined, signal: AbortSignal) {
    const { client, dialect } = this.#server;
    return await dialect.send(32 + Math.ceil(seconds * TEXT_TOKENS_PER_SECOND), async (limits) => {
      return await client.chat.completions.create(
        {
          model: this.#options.model,
          ...limits,
          messages: [
            { role: 'system', content: 'You transcribe speech. You write what is said and nothing else.' },
            {
              role: 'user',
              content: [
                { type: 'input_audio', input_audio: { data, format: 'wav' } },
                { type: 'text', text: `${spokenIn(language)}${TRANSCRIBE}` },
              ],
            },
          ],
        },
        { signal },
      );
    });
  }
}
