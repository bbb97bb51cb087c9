/** What a listener makes of a file: how long it is, how loud when, at what pitch. */
import { decodeAudio, SAMPLE_RATE } from '../../../../audio/decode.ts';
import { encodeWav } from '../../../../audio/wav.ts';
import { join } from '../../../support/synthesized-sounds.ts';

/** OpenAI's `pcm`. */
export const PCM_RATE = 24_000;

const WINDOW_SECONDS = 0.02;
const MOST_DELAY_SECONDS = 0.1;

export class Sound {
  readonly #samples: Float32Array;

  private constructor(samples: Float32Array) {
    this.#samples = samples;
  }

  /** @throws SynapscribeError where the file cannot be decoded */
  static async of(file: Uint8Array): Promise<Sound> {
    const blocks: Float32Array[] = [];
    for await (const block of decodeAudio(inOneChunk(file), { maxSeconds: 3600 })) blocks.push(block);
    return new Sound(join(...blocks));
  }

  /** Of signed 16-bit samples at `PCM_RATE`. */
  static ofPcm(pcm: Buffer): Promise<Sound> {
    const samples = Float32Array.from({ length: pcm.length / 2 }, (_, i) => pcm.readInt16LE(2 * i) / 0x8000);
    return Sound.of(encodeWav(samples, PCM_RATE));
  }

  get seconds(): number {
    return this.#samples.length / SAMPLE_RATE;
  }

  /**
   * How alike this rises and falls to `original`: 1 for the same words at the same pace, near 0 for others. Codecs are
   * late by up to a tenth of a second, which is allowed for.
   */
  likeness(original: Sound): number {
    const [a, b] = [this.#loudness(), original.#loudness()];
    const delays = Array.from({ length: Math.round(MOST_DELAY_SECONDS / WINDOW_SECONDS) + 1 }, (_, i) => i);
    return Math.max(
      ...delays.map((delay) => {
        const length = Math.min(a.length - delay, b.length);
        return correlation(a.slice(delay, delay + length), b.slice(0, length));
      }),
    );
  }

  /** Hz: the median over what is voiced of every tenth of a second, by the best match of 40 ms with itself later. */
  pitch(): number {
    const frame = 0.04 * SAMPLE_RATE;
    const pitches: number[] = [];
    for (let at = 0; at + 2 * frame < this.#samples.length; at += SAMPLE_RATE / 10) {
      const pitch = pitchAt(this.#samples, at, frame);
      if (pitch !== undefined) pitches.push(pitch);
    }
    return pitches.sort((a, b) => a - b)[Math.floor(pitches.length / 2)] ?? 0;
  }

  /** Root mean square of each window. */
  #loudness(): number[] {
    const window = WINDOW_SECONDS * SAMPLE_RATE;
    return Array.from({ length: Math.floor(this.#samples.length / window) }, (_, i) => {
      const part = this.#samples.subarray(i * window, (i + 1) * window);
      return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / window);
    });
  }
}

/** What voices have, in Hz. */
const LOWEST = 60;
const HIGHEST = 350;
/** Of a frame with itself one period later; noise and silence have less. */
const VOICED = 0.7;

function pitchAt(samples: Float32Array, at: number, frame: number): number | undefined {
  const here = samples.subarray(at, at + frame);
  let best = { lag: 0, match: VOICED };
  for (let lag = Math.floor(SAMPLE_RATE / HIGHEST); lag <= SAMPLE_RATE / LOWEST; lag++) {
    const match = cosine(here, samples.subarray(at + lag, at + lag + frame));
    // Two periods match as well as one: only what is clearly better counts.
    if (match > best.match + 0.02) best = { lag, match };
  }
  return best.lag === 0 ? undefined : SAMPLE_RATE / best.lag;
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa * bb < 1e-6 ? 0 : dot / Math.sqrt(aa * bb);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const centred = (values: readonly number[]): number[] => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  return cosine(centred(a), centred(b));
}

async function* inOneChunk(file: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(file);
}
