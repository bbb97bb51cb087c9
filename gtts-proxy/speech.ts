/** Ordered engines as one: the first that gives audio speaks the whole answer, and no other is mixed in. */
import { HttpError } from '../service-kit/http-errors.ts';
import type { Logger } from '../service-kit/logger.ts';
import { AnswerCache, type CacheResult } from './cache/answer-cache.ts';
import { answerKey } from './cache/answer-key.ts';
import type { ResolvedVoice } from './catalogue.ts';
import { SAMPLE_RATE, SpeechError, type AudioChunk, type SpeechEngine } from './engine.ts';
import { changeSpeed } from './speed.ts';

export interface Speech {
  /** The engine that speaks, `none` where there is nothing to say. */
  engine: string;
  /** Where the answer comes from; undefined where there is nothing to say. */
  cache: CacheResult | undefined;
  /** Bytes in the format asked for. */
  audio: AsyncIterable<Buffer>;
}

export interface SpeakOptions {
  text: string;
  voice: ResolvedVoice;
  speed: number;
  slow?: boolean;
  /** The name of what `encode` makes: answers are kept as they are sent. */
  format: string;
  encode: (audio: AsyncIterable<AudioChunk>, signal: AbortSignal) => AsyncIterable<Buffer>;
  signal: AbortSignal;
}

export interface SpeechServiceOptions {
  /** In the order in which they are asked. */
  engines: readonly SpeechEngine[];
  cache?: AnswerCache;
  log: Logger;
  /** Told of every engine that was asked and failed. */
  onFailure: (engine: string) => void;
}

/** An engine that can speak what is asked for, and its voice. */
interface Candidate {
  engine: SpeechEngine;
  voice: string;
}

/** How long text without a letter or a digit is silent. */
const NOTHING_TO_SAY_SECONDS = 0.3;
/** gTTS's `slow`, from an engine that has no such thing of its own. */
const SLOW_PACE = 0.7;
const MIN_SPEED = 0.25;

export class SpeechService {
  readonly engines: readonly SpeechEngine[];
  readonly #cache: AnswerCache;
  readonly #log: Logger;
  readonly #onFailure: (engine: string) => void;

  constructor({ engines, cache = new AnswerCache(), log, onFailure }: SpeechServiceOptions) {
    this.engines = engines;
    this.#cache = cache;
    this.#log = log;
    this.#onFailure = onFailure;
  }

  isReady(): boolean {
    return this.engines.some((engine) => engine.isAvailable());
  }

  /** Of each engine that has one, as `google=closed`. */
  describeBreakers(): string {
    return this.engines
      .flatMap(({ name, breaker }) => (breaker === undefined ? [] : [`${name}=${breaker}`]))
      .join(', ');
  }

  /**
   * Resolves once the first bytes are there. What an engine has said before is given though the engine is away now. Text
   * without a letter or a digit gives a short silence: a client that sends an answer piece by piece should not fail on a
   * stray dash.
   * @throws HttpError 400 where the voice or the text cannot be spoken here, 503 where it cannot just now
   */
  async begin(options: SpeakOptions): Promise<Speech> {
    const { text, voice, encode, signal } = options;
    // ⓗ is a symbol to Unicode, and a letter to whoever reads it.
    if (!/[\p{L}\p{N}]/u.test(text.normalize('NFKC'))) {
      return { engine: 'none', cache: undefined, audio: encode(toIterable(silence(NOTHING_TO_SAY_SECONDS)), signal) };
    }
    const able = this.#candidates(voice);
    const failures: SpeechError[] = [];
    /** Those that left the text to an engine that may read all of it. */
    const reserved: Candidate[] = [];
    for (const [index, candidate] of able.entries()) {
      const hasFallback = index < able.length - 1;
      const asked = await this.#attempt(candidate, options, hasFallback);
      if (!(asked instanceof SpeechError)) return asked;
      if (hasFallback && asked.failure === 'unspeakable') reserved.push(candidate);
      failures.push(asked);
    }
    // None can: better most of it, and that there is more, than none.
    for (const candidate of reserved) {
      const asked = await this.#attempt(candidate, options, false);
      if (!(asked instanceof SpeechError)) return asked;
    }
    throw toHttpError(failures);
  }

  /** @returns the speech, or why there is none @throws the signal's reason */
  async #attempt(candidate: Candidate, options: SpeakOptions, hasFallback: boolean): Promise<Speech | SpeechError> {
    const { name } = candidate.engine;
    try {
      const speech = await this.#ask(candidate, options, hasFallback);
      return speech ?? new SpeechError('unavailable', 'not asked just now');
    } catch (error) {
      options.signal.throwIfAborted();
      this.#onFailure(name);
      this.#log.warn({ err: error, engine: name }, 'an engine could not speak');
      return error instanceof SpeechError ? error : new SpeechError('unavailable', 'failed', { cause: error });
    }
  }

  /** @throws HttpError where nobody speaks so */
  #candidates({ voiceByEngine }: ResolvedVoice): Candidate[] {
    const able = this.engines.flatMap((engine) => {
      const voice = voiceByEngine[engine.name];
      return engine.voices.some(({ id }) => id === voice) && voice !== undefined ? [{ engine, voice }] : [];
    });
    if (able.length > 0) return able;
    const names = this.engines.map((engine) => engine.name).join(' and ');
    throw new HttpError(400, `This voice is not spoken here: the server speaks with ${names}.`, {
      param: 'voice',
      code: 'invalid_value',
    });
  }

  /** Undefined where the engine need not be asked just now, since another can be. */
  async #ask(
    { engine, voice: id }: Candidate,
    { text, voice, speed, slow = false, format, encode, signal }: SpeakOptions,
    hasFallback: boolean,
  ): Promise<Speech | undefined> {
    const { language, tld } = voice;
    const key = answerKey({ text, engine: engine.name, voice: id, language, tld, speed, slow, format });
    const make = (shared: AbortSignal): AsyncIterable<Buffer> => {
      const pace = slow && !engine.knowsSlow ? Math.max(MIN_SPEED, speed * SLOW_PACE) : speed;
      const request = { text, voice: id, language, tld, speed: pace, slow, signal: shared, hasFallback };
      const audio = engine.speak(request);
      return encode(engine.changesSpeed ? audio : changeSpeed(audio, pace), shared);
    };
    let found = await this.#cache.find(key, signal);
    if (found === undefined && hasFallback && !engine.isAvailable()) return undefined;
    found ??= this.#cache.make(key, signal, make);
    return { engine: engine.name, cache: found.result, audio: await firstBytes(found.audio) };
  }
}

/** `audio`, known to begin; ending without a sound is a failure. Closing the result closes what makes it. */
async function firstBytes(audio: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const chunks = audio[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) throw new SpeechError('unavailable', 'The engine ended without audio.');
  const rest = { [Symbol.asyncIterator]: () => chunks };
  return (async function* () {
    try {
      yield first.value;
      yield* rest;
    } finally {
      await chunks.return?.();
    }
  })();
}

/** The last engine that could not speak the text at all knows the most languages: its reason is told. */
function toHttpError(failures: readonly SpeechError[]): HttpError {
  const unspeakable = failures.findLast(({ failure }) => failure === 'unspeakable');
  if (unspeakable !== undefined && failures.every(({ failure }) => failure === 'unspeakable')) {
    return new HttpError(400, unspeakable.message, { param: 'input', code: 'invalid_value', cause: unspeakable });
  }
  const reason = unspeakable === undefined ? '' : ` ${unspeakable.message}`;
  return new HttpError(503, `Speech is not available just now.${reason} Please try again in a moment.`, {
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
