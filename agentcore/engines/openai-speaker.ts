/** The voice: OpenAI's speech API, whose body is forwarded as it arrives. */
import type OpenAI from 'openai';
import { SynapscribeError } from '../../protocol/errors.ts';
import type { EngineOptions, Speaker } from './engines.ts';
import { toSpeechError } from './model-errors.ts';
import { before, withStallTimeout } from '../stall-timeout.ts';

export class OpenAiSpeaker implements Speaker {
  readonly mime = 'audio/mpeg';
  readonly #client: OpenAI;
  readonly #model: string;
  readonly #voice: string;
  readonly #timeoutMs: number;

  constructor(client: OpenAI, options: { model: string; voice: string; timeoutMs: number }) {
    this.#client = client;
    this.#model = options.model;
    this.#voice = options.voice;
    this.#timeoutMs = options.timeoutMs;
  }

  async *speak(text: string, { signal }: EngineOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const controller = new AbortController();
    const request = AbortSignal.any([signal, controller.signal]);
    const abort = (): void => controller.abort();
    let bytes = 0;
    try {
      const response = await before(
        this.#client.audio.speech.create(
          { model: this.#model, voice: this.#voice, input: text, response_format: 'mp3' },
          { signal: request },
        ),
        this.#timeoutMs,
        abort,
      );
      if (response.body !== null) {
        const timeouts = { firstMs: this.#timeoutMs, nextMs: this.#timeoutMs };
        for await (const chunk of withStallTimeout<Uint8Array>(response.body, timeouts, abort)) {
          bytes += chunk.byteLength;
          yield chunk;
        }
      }
      if (bytes === 0) throw new SynapscribeError('tts_unavailable', 'The speech service gave no sound.');
    } catch (error) {
      throw toSpeechError(error, signal);
    } finally {
      abort();
    }
  }
}
