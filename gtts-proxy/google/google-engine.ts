/** Google Translate's voice, as gTTS speaks it: many languages, one voice each, MP3 piece by piece. */
import { SpeechError, type AudioChunk, type SpeechEngine, type SpeechRequest, type SpeechVoice } from '../engine.ts';
import { GoogleClient, type GoogleClientOptions } from './google-client.ts';
import { GOOGLE_ACCENTS, GOOGLE_LANGUAGES } from './languages.ts';
import { tokenize } from './tokenizer.ts';

const VOICES: readonly SpeechVoice[] = [
  ...Object.entries(GOOGLE_LANGUAGES).map(([id, name]) => ({ id, name, language: id })),
  ...Object.entries(GOOGLE_ACCENTS).map(([id, { name, language }]) => ({ id, name, language })),
];

/** No other engine can take over once a listener hears this one. */
const ATTEMPTS = 3;

export class GoogleEngine implements SpeechEngine {
  readonly name = 'google';
  readonly voices = VOICES;
  readonly changesSpeed = false;
  readonly #client: GoogleClient;

  constructor(options: GoogleClientOptions) {
    this.#client = new GoogleClient(options);
  }

  isAvailable(): boolean {
    return this.#client.isAvailable();
  }

  async *speak({ text, language, tld, hasFallback, signal }: SpeechRequest): AsyncGenerator<AudioChunk> {
    const pieces = tokenize(text);
    if (pieces.length === 0) throw new SpeechError('unspeakable', 'There is nothing to say in this text.');
    const abandoned = new AbortController();
    const either = AbortSignal.any([signal, abandoned.signal]);
    const ask = (index: number): Promise<Buffer> | undefined => {
      const piece = pieces[index];
      if (piece === undefined) return undefined;
      const attempts = index === 0 && hasFallback ? 1 : ATTEMPTS;
      const mp3 = this.#client.speak({ text: piece, language, tld, attempts, signal: either });
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
        yield { encoding: 'mp3', bytes };
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
