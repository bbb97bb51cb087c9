/** The voice: OpenAI's speech API, whose body is forwarded as it arrives. */
import { SynapscribeError } from '../../protocol/errors.ts';
import type { EngineServer } from './engine-server.ts';
import type { Speaker, SpeechOptions } from './engines.ts';
import { toSpeechError } from './model-errors.ts';
import { before, withStallTimeout } from '../stall-timeout.ts';

export class OpenAiSpeaker implements Speaker {
  readonly mime = 'audio/mpeg';
  readonly #server: EngineServer;
  readonly #model: string;
  readonly #voice: string;
  readonly #timeoutMs: number;

  constructor(server: EngineServer, options: { model: string; voice: string; timeoutMs: number }) {
    this.#server = server;
    this.#model = options.model;
    this.#voice = options.voice;
    this.#timeoutMs = options.timeoutMs;
  }

  async *speak(text: string, { signal, language }: SpeechOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const controller = new AbortController();
    const request = AbortSignal.any([signal, controller.signal]);
    const abort = (): void => controller.abort();
    const { client, watch } = this.#server;
    let bytes = 0;
    try {
      await watch.enter();
      const response = await before(
        client.audio.speech.create(
          // gtts-proxy's own parameter, sent only where a language was asked for: other servers may refuse it.
          {
            model: this.#model,
            voice: this.#voice,
            input: text,
            response_format: 'mp3',
            ...(language !== undefined && { language }),
          },
          { signal: request },
        ),
        this.#timeoutMs,
        abort,
        watch,
      );
      if (response.body !== null) {
        const timeouts = { firstMs: this.#timeoutMs, nextMs: this.#timeoutMs };
        for await (const chunk of withStallTimeout<Uint8Array>(response.body, timeouts, abort, watch)) {
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
