/** Ordered engines as one: the first that gives audio speaks the whole answer, and no other is mixed in. */
import { HttpError } from '../service-kit/http-errors.ts';
import type { Logger } from '../service-kit/logger.ts';
import type { ResolvedVoice } from './catalogue.ts';
import { SAMPLE_RATE, SpeechError, type AudioChunk, type SpeechEngine } from './engine.ts';
import { changeSpeed } from './speed.ts';

export interface Speech {
  /** The engine that speaks, `none` where there is nothing to say. */
  engine: string;
  audio: AsyncIterable<AudioChunk>;
}

export interface SpeakOptions {
  text: string;
  voice: ResolvedVoice;
  speed: number;
  signal: AbortSignal;
}

/** How long text without a letter or a digit is silent. */
const NOTHING_TO_SAY_SECONDS = 0.3;

/** Told of every engine that was asked and failed. */
export type FallbackListener = (engine: string) => void;

export class SpeechService {
  readonly engines: readonly SpeechEngine[];
  readonly #log: Logger;
  readonly #onFailure: FallbackListener;

  /** `engines` in the order in which they are asked. */
  constructor(engines: readonly SpeechEngine[], log: Logger, onFailure: FallbackListener) {
    this.engines = engines;
    this.#log = log;
    this.#onFailure = onFailure;
  }

  isReady(): boolean {
    return this.engines.some((engine) => engine.isAvailable());
  }

  /**
   * Resolves once the first audio is there. Text without a letter or a digit gives a short silence: a client that
   * sends an answer piece by piece should not fail on a stray dash.
   * @throws HttpError 400 where the voice or the text cannot be spoken here, 503 where it cannot just now
   */
  async begin({ text, voice, speed, signal }: SpeakOptions): Promise<Speech> {
    if (!/[\p{L}\p{N}]/u.test(text)) return { engine: 'none', audio: toIterable(silence(NOTHING_TO_SAY_SECONDS)) };
    const able = this.engines.flatMap((engine) => {
      const id = voice.voiceByEngine[engine.name];
      return id === undefined ? [] : [{ engine, id }];
    });
    if (able.length === 0) {
      const names = this.engines.map((engine) => engine.name).join(' and ');
      throw new HttpError(400, `This voice is not spoken here: the server speaks with ${names}.`, {
        param: 'voice',
        code: 'invalid_value',
      });
    }
    const failures: SpeechError[] = [];
    for (const [index, { engine, id }] of able.entries()) {
      const isLast = index === able.length - 1;
      if (!isLast && !engine.isAvailable()) continue;
      try {
        const { language, tld } = voice;
        const request = { text, voice: id, language, tld, speed, signal, hasFallback: !isLast };
        const audio = await firstAudio(engine.speak(request));
        return { engine: engine.name, audio: engine.changesSpeed ? audio : changeSpeed(audio, speed) };
      } catch (error) {
        signal.throwIfAborted();
        this.#onFailure(engine.name);
        this.#log.warn({ err: error, engine: engine.name }, 'an engine could not speak');
        failures.push(
          error instanceof SpeechError ? error : new SpeechError('unavailable', 'failed', { cause: error }),
        );
      }
    }
    throw toHttpError(failures);
  }
}

/** `audio`, known to begin; ending without a sound is a failure. Closing the result closes the engine's own. */
async function firstAudio(audio: AsyncIterable<AudioChunk>): Promise<AsyncIterable<AudioChunk>> {
  const chunks = audio[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) throw new SpeechError('unavailable', 'The engine ended without audio.');
  const rest = { [Symbol.asyncIterator]: () => chunks };
  return (async function* () {
    yield first.value;
    yield* rest;
  })();
}

function toHttpError(failures: readonly SpeechError[]): HttpError {
  const [first] = failures;
  if (first !== undefined && failures.every(({ failure }) => failure === 'unspeakable')) {
    return new HttpError(400, first.message, { param: 'input', code: 'invalid_value', cause: first });
  }
  return new HttpError(503, 'Speech is not available just now. Please try again in a moment.', {
    code: 'tts_unavailable',
    cause: new AggregateError(failures),
  });
}

function silence(seconds: number): AudioChunk {
  return { encoding: 'pcm', samples: new Float32Array(Math.round(seconds * SAMPLE_RATE)) };
}

// eslint-disable-next-line @typescript-eslint/require-await -- what it yields is there already
async function* toIterable(chunk: AudioChunk): AsyncGenerator<AudioChunk> {
  yield chunk;
}
