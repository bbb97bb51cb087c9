/**
 * Google Translate's voice, as gTTS speaks it: many languages, one voice each, MP3 piece by piece. A text of one piece is
 * passed on as it came; more are decoded, since MP3 put after MP3 has the silence of both at the joins, and clicks.
 */
import { toSamples } from '../decode.ts';
import {
  SAMPLE_RATE,
  SpeechError,
  type AudioChunk,
  type BreakerState,
  type SpeechEngine,
  type SpeechRequest,
  type SpeechVoice,
} from '../engine.ts';
import { trimSilence, type Edges } from '../silence.ts';
import { GoogleClient, type GoogleClientOptions } from './google-client.ts';
import { GoogleError } from './google-error.ts';
import { GOOGLE_ACCENTS, GOOGLE_LANGUAGES } from './languages.ts';
import { tokenize } from './tokenizer.ts';

const VOICES: readonly SpeechVoice[] = [
  ...Object.entries(GOOGLE_LANGUAGES)
    .filter(([id]) => !Object.hasOwn(GOOGLE_ACCENTS, id))
    .map(([id, name]) => ({ id, name, language: id })),
  ...Object.entries(GOOGLE_ACCENTS).map(([id, { name, language }]) => ({ id, name, language })),
];

/** What Google leaves around a sentence is its pause, unless a cut amid a sentence has made it two. */
const EDGES: Edges = { leadSeconds: 0.1, tailSeconds: 0.3 };

/** No other engine can take over once a listener hears this one. */
const ATTEMPTS = 3;

export class GoogleEngine implements SpeechEngine {
  readonly name = 'google';
  readonly voices = VOICES;
  readonly changesSpeed = false;
  readonly knowsSlow = true;
  readonly #client: GoogleClient;

  constructor(options: GoogleClientOptions) {
    this.#client = new GoogleClient(options);
  }

  isAvailable(): boolean {
    return this.#client.isAvailable();
  }

  get breaker(): BreakerState {
    return this.#client.breaker;
  }

  async *speak({ text, language, tld, slow, hasFallback, signal }: SpeechRequest): AsyncGenerator<AudioChunk> {
    const pieces = tokenize(text);
    if (pieces.length === 0) throw new SpeechError('unspeakable', 'There is nothing to say in this text.');
    const abandoned = new AbortController();
    const either = AbortSignal.any([signal, abandoned.signal]);
    const ask = (index: number): Promise<Buffer> | undefined => {
      const piece = pieces[index];
      if (piece === undefined) return undefined;
      const attempts = index === 0 && hasFallback ? 1 : ATTEMPTS;
      const mp3 = this.#client.speak({ text: piece, language, tld, slow, attempts, signal: either });
      // It may fail while an earlier piece is still being sent, before anybody awaits it.
      mp3.catch(() => undefined);
      return mp3;
    };

    try {
      let ahead = ask(0);
      for (let index = 0; ahead !== undefined; index++) {
        const current = ahead;
        ahead = index === 0 ? undefined : ask(index + 1);
        const bytes = await current;
        ahead ??= ask(index + 1);
        yield pieces.length === 1 ? { encoding: 'mp3', bytes } : { encoding: 'pcm', samples: await toPiece(bytes) };
      }
    } finally {
      abandoned.abort(new Error('Nobody listens any more.'));
    }
  }

  async stop(): Promise<void> {
    this.#client.stop();
    return Promise.resolve();
  }
}

/**
 * Samples, none where nothing is heard in it.
 * @throws GoogleError where it cannot be decoded
 */
async function toPiece(mp3: Buffer): Promise<Float32Array> {
  const blocks: Float32Array[] = [];
  try {
    for await (const block of toSamples(toIterable(mp3))) blocks.push(block);
  } catch (error) {
    throw new GoogleError('malformed', "Google's audio cannot be decoded.", { cause: error });
  }
  const samples = new Float32Array(blocks.reduce((length, block) => length + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    samples.set(block, at);
    at += block.length;
  }
  return trimSilence(samples, SAMPLE_RATE, EDGES);
}

// eslint-disable-next-line @typescript-eslint/require-await -- what it yields is there already
async function* toIterable(bytes: Buffer): AsyncGenerator<AudioChunk> {
  yield { encoding: 'mp3', bytes };
}
