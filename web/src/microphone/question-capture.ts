/** What the microphone hears, as the recognizer wants it: mono, 16 kHz, 16 bits, in blocks of a tenth of a second. */
import { floatToPcm16 } from '../../../audio/pcm16-wav.ts';
import { Resampler } from '../../../audio/resample.ts';

export const QUESTION_RATE = 16_000;
const BLOCK_SAMPLES = QUESTION_RATE / 10;

export interface CapturedBlock {
  pcm: Int16Array<ArrayBuffer>;
  /** The largest magnitude, 0 to 1. */
  level: number;
}

export class QuestionCapture {
  readonly #resampler: Resampler;
  #pending: Float32Array[] = [];
  #count = 0;

  /** @param sampleRate of the microphone, in Hz */
  constructor(sampleRate: number) {
    this.#resampler = new Resampler(sampleRate, QUESTION_RATE);
  }

  /** @param channels of one block, of the same length; none where the microphone is silent */
  add(channels: readonly Float32Array[]): CapturedBlock | undefined {
    const [first] = channels;
    if (first === undefined) return undefined;
    // What comes in belongs to the caller, and is used again.
    const mono = first.map((_, i) => channels.reduce((sum, channel) => sum + (channel[i] ?? 0), 0) / channels.length);
    this.#keep(this.#resampler.process(mono));
    return this.#count >= BLOCK_SAMPLES ? this.#take() : undefined;
  }

  /** The rest. Nothing may be added afterwards. */
  finish(): CapturedBlock {
    this.#keep(this.#resampler.flush());
    return this.#take();
  }

  #keep(samples: Float32Array): void {
    this.#pending.push(samples);
    this.#count += samples.length;
  }

  #take(): CapturedBlock {
    const samples = new Float32Array(this.#count);
    let at = 0;
    for (const part of this.#pending) {
      samples.set(part, at);
      at += part.length;
    }
    this.#pending = [];
    this.#count = 0;
    return { pcm: floatToPcm16(samples), level: samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) };
  }
}
