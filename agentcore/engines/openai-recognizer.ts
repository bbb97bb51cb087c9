/** Ears over vLLM's chat endpoint: its transcription endpoint does not know Qwen2.5-Omni (FACTS: 400). */
import type OpenAI from 'openai';
import { encodeWav } from '../../audio/wav.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import type { EngineOptions, Recognizer } from './engines.ts';
import { toModelError } from './model-errors.ts';

const SAMPLE_RATE = 16_000;
/** Qwen2.5-Omni's audio encoder: 40 ms a token; an item is cut at 300 s without a word. */
const AUDIO_TOKENS_PER_SECOND = 25;
const MAX_SECONDS = 240;
/** Fast speech is about 4 words, 6 tokens, a second. */
const TEXT_TOKENS_PER_SECOND = 8;

export class OpenAiRecognizer implements Recognizer {
  readonly #client: OpenAI;
  readonly #model: string;
  readonly #timeoutMs: number;

  constructor(client: OpenAI, options: { model: string; timeoutMs: number }) {
    this.#client = client;
    this.#model = options.model;
    this.#timeoutMs = options.timeoutMs;
  }

  async transcribe(samples: Float32Array, { signal }: EngineOptions): Promise<string> {
    const seconds = samples.length / SAMPLE_RATE;
    if (seconds > MAX_SECONDS) throw new RangeError(`a piece may last ${MAX_SECONDS} s, this one ${seconds} s`);
    const data = encodeWav(samples, SAMPLE_RATE).toString('base64');
    try {
      const completion = await this.#client.chat.completions.create(
        {
          model: this.#model,
          temperature: 0,
          max_completion_tokens: 32 + Math.ceil(seconds * TEXT_TOKENS_PER_SECOND),
          messages: [
            { role: 'system', content: 'You transcribe speech. You write what is said and nothing else.' },
            {
              role: 'user',
              content: [
                { type: 'input_audio', input_audio: { data, format: 'wav' } },
                { type: 'text', text: 'Transcribe this recording word for word. Reply with the words alone.' },
              ],
            },
          ],
        },
        { signal, timeout: this.#timeoutMs },
      );
      const heardTokens = completion.usage?.prompt_tokens;
      if (heardTokens !== undefined && heardTokens < Math.floor(seconds * AUDIO_TOKENS_PER_SECOND * 0.95)) {
        throw new SynapscribeError('llm_unavailable', 'The speech recognizer did not hear the whole recording.');
      }
      return (completion.choices[0]?.message.content ?? '').trim();
    } catch (error) {
      throw toModelError(error, signal);
    }
  }
}
