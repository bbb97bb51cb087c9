/** The offline voice: English, by Flite, piece by piece, the next piece spoken while one is being sent. */
import { SAMPLE_RATE, SpeechError, type AudioChunk, type SpeechEngine, type SpeechRequest } from '../engine.ts';
import { isFliteVoice } from './flite.ts';
import { FlitePool, type FlitePoolOptions } from './pool.ts';
import type { SpokenPiece } from '../spoken-piece.ts';
import { holdsUnreadable, normalizeForFlite, splitForFlite } from './text.ts';

const VOICES = [
  { id: 'slt', name: 'SLT, American woman', language: 'en' },
  { id: 'rms', name: 'RMS, American man', language: 'en' },
  { id: 'awb', name: 'AWB, Scottish man', language: 'en' },
  { id: 'kal16', name: 'KAL, American man, robotic', language: 'en' },
];

export class FliteEngine implements SpeechEngine {
  readonly name = 'flite';
  readonly voices = VOICES;
  readonly changesSpeed = true;
  readonly knowsSlow = false;
  readonly #pool: FlitePool;

  private constructor(pool: FlitePool) {
    this.#pool = pool;
  }

  static async start(options: FlitePoolOptions): Promise<FliteEngine> {
    return new FliteEngine(await FlitePool.start(options));
  }

  isAvailable(): boolean {
    return this.#pool.isAlive;
  }

  async *speak({ text, voice, speed, hasFallback, signal }: SpeechRequest): AsyncGenerator<AudioChunk> {
    if (!isFliteVoice(voice)) throw new SpeechError('unspeakable', `The offline engine has no voice ${voice}.`);
    // Another engine may read them; without one, saying that there is such a word is better than silence.
    if (hasFallback && holdsUnreadable(text)) {
      throw new SpeechError('unspeakable', 'The offline voice cannot read some of these words.');
    }
    const pieces = splitForFlite(normalizeForFlite(text));
    if (pieces.length === 0) throw new SpeechError('unspeakable', 'The offline voice can speak English only.');
    const stretch = 1 / speed;
    const speakPiece = (piece: SpokenPiece | undefined): Promise<Float32Array> | undefined => {
      const spoken = piece && this.#pool.speak({ text: piece.text, voice, stretch }, signal);
      // It may fail while an earlier piece is still being sent, before anybody awaits it.
      spoken?.catch(() => undefined);
      return spoken;
    };

    let ahead = speakPiece(pieces[0]);
    for (const [index, piece] of pieces.entries()) {
      const current = ahead;
      // The first piece is not made to share the processor with the second.
      if (index > 0) ahead = speakPiece(pieces[index + 1]);
      const samples = await toSpeech(current);
      if (index === 0) ahead = speakPiece(pieces[1]);
      signal.throwIfAborted();
      // Pauses alone would be an answer without audio.
      if (samples.length === 0) continue;
      yield { encoding: 'pcm', samples };
      const pause = new Float32Array(Math.round(piece.pauseSeconds * stretch * SAMPLE_RATE));
      if (pause.length > 0) yield { encoding: 'pcm', samples: pause };
    }
  }

  async stop(): Promise<void> {
    await this.#pool.stop();
  }
}

async function toSpeech(spoken: Promise<Float32Array> | undefined): Promise<Float32Array> {
  try {
    return (await spoken) ?? new Float32Array(0);
  } catch (error) {
    throw new SpeechError('unavailable', 'The offline voice failed.', { cause: error });
  }
}
