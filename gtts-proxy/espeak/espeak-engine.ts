/**
 * The offline voice beyond English: eSpeak NG, where it is installed, sentence by sentence, the next one spoken while one
 * is being sent. It is a program of its own (GPL-3.0), not part of this one.
 */
import { resample } from '../../audio/resample.ts';
import type { Logger } from '../../service-kit/logger.ts';
import { Admission } from '../admission.ts';
import { SAMPLE_RATE, SpeechError, type AudioChunk, type SpeechEngine, type SpeechRequest } from '../engine.ts';
import { trimSilence } from '../silence.ts';
import { runEspeak } from './espeak-process.ts';
import { cleanForEspeak, splitForEspeak } from './espeak-text.ts';
import {
  findEspeakName,
  languageOfEspeakVoice,
  listEspeakVoices,
  parseEspeakVoices,
  SILENT_LETTERS,
  whyUnreadable,
} from './espeak-voices.ts';
import { readEspeakWav } from './espeak-wav.ts';

export interface EspeakOptions {
  /** The program: a path, or a name to be found in `PATH`. */
  path: string;
  /** Processes at once. */
  processes: number;
  log: Logger;
}

export class EspeakEngine implements SpeechEngine {
  readonly name = 'espeak';
  readonly voices;
  readonly changesSpeed = false;
  readonly knowsSlow = false;
  readonly #path: string;
  readonly #names: ReadonlySet<string>;
  readonly #line: Admission;
  readonly #stopping = new AbortController();

  private constructor({ path, processes }: EspeakOptions, names: ReadonlySet<string>) {
    this.#path = path;
    this.#names = names;
    this.#line = new Admission(processes, Number.POSITIVE_INFINITY);
    this.voices = listEspeakVoices(names);
  }

  /** Undefined where it is not installed, or does not run. */
  static async detect(options: EspeakOptions): Promise<EspeakEngine | undefined> {
    try {
      const { signal } = new AbortController();
      const listing = await runEspeak({ path: options.path, args: ['--voices'], input: '', signal });
      const names = parseEspeakVoices(listing.toString('utf8'));
      if (names.size > 0) return new EspeakEngine(options, names);
      options.log.warn('eSpeak NG has no voices and is not used');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.log.info({ reason }, 'eSpeak NG is not there: offline speech is English only');
    }
    return undefined;
  }

  isAvailable(): boolean {
    return !this.#stopping.signal.aborted;
  }

  async *speak({ text, voice, tld, signal }: SpeechRequest): AsyncGenerator<AudioChunk> {
    const language = languageOfEspeakVoice(voice);
    const name = language && findEspeakName(language, tld, this.#names);
    if (language === undefined || name === undefined) {
      throw new SpeechError('unspeakable', `eSpeak NG has no voice ${voice}.`);
    }
    const clean = cleanForEspeak(text, language);
    const reason = whyUnreadable(clean, language);
    if (reason !== undefined) throw new SpeechError('unspeakable', reason);
    const pieces = splitForEspeak(clean, language);
    const abandoned = new AbortController();
    const either = AbortSignal.any([signal, abandoned.signal, this.#stopping.signal]);
    const speakPiece = (index: number): Promise<Float32Array> | undefined => {
      const piece = pieces[index];
      const spoken = piece && this.#run(name, piece.text, either);
      // It may fail while an earlier piece is still being sent, before anybody awaits it.
      spoken?.catch(() => undefined);
      return spoken;
    };

    try {
      let ahead = speakPiece(0);
      for (const [index, piece] of pieces.entries()) {
        const samples = await ahead;
        ahead = speakPiece(index + 1);
        // No answer that seems whole lacks a part, and each piece has a letter or a digit.
        if (samples === undefined || samples.length === 0) {
          throw new SpeechError('unspeakable', SILENT_LETTERS);
        }
        yield { encoding: 'pcm', samples };
        const pause = new Float32Array(Math.round(piece.pauseSeconds * SAMPLE_RATE));
        if (pause.length > 0) yield { encoding: 'pcm', samples: pause };
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SpeechError) throw error;
      throw new SpeechError('unavailable', 'eSpeak NG failed.', { cause: error });
    } finally {
      abandoned.abort(new Error('Nobody listens any more.'));
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('The speech service is stopping.'));
    return Promise.resolve();
  }

  async #run(name: string, text: string, signal: AbortSignal): Promise<Float32Array> {
    const leave = await this.#line.enter(signal);
    try {
      const args = ['-v', name, '-b', '1', '--stdin', '--stdout'];
      const { samples, sampleRate } = readEspeakWav(await runEspeak({ path: this.#path, args, input: text, signal }));
      return trimSilence(resample(samples, sampleRate, SAMPLE_RATE), SAMPLE_RATE);
    } finally {
      leave();
    }
  }
}
