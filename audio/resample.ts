/**
 * Sample-rate conversion of a stream, block by block: a polyphase filter of windowed sincs.
 *
 * Own code, because no package fits: libsamplerate-js was last released in 2023 and holds fixed buffers, wave-resampler
 * cannot stream, speex-resampler works on 16-bit samples. Method: J. O. Smith, "Digital Audio Resampling",
 * https://ccrma.stanford.edu/~jos/resample/
 */

/** Zero crossings of the sinc on either side: the filter's steepness. */
const ZERO_CROSSINGS = 20;
/** Where the pass band ends, as a share of the lower rate's half. */
const PASS_BAND = 0.94;
/** Of the Kaiser window: what lies beyond is about 80 dB down. */
const KAISER_BETA = 8;
/** Bounds the filter of an odd rate: weights of all phases. */
const MAX_FILTER_LENGTH = 500_000;

/** Rates that a recording may have, in samples a second; they bound the filter's size. */
export const MIN_SAMPLE_RATE = 4_000;
export const MAX_SAMPLE_RATE = 192_000;

/** Converts one channel from a rate to another; output sample 0 is at the time of input sample 0. */
export class Resampler {
  /** In lowest terms, `#down` input samples last as long as `#up` output samples. */
  readonly #up: number;
  readonly #down: number;
  /** Taps of all phases, one phase after the other. */
  readonly #filter: Float32Array;
  readonly #half: number;
  /** Input not yet used up, preceded by what the filter still reaches back to. */
  #pending: Float32Array;
  /** Index in `#pending` of the input sample at or before the next output sample, and the phase between the two. */
  #position: number;
  #phase = 0;

  /** @throws RangeError for a rate outside `MIN_SAMPLE_RATE` to `MAX_SAMPLE_RATE` */
  constructor(fromRate: number, toRate: number) {
    for (const rate of [fromRate, toRate]) {
      if (!Number.isInteger(rate) || rate < MIN_SAMPLE_RATE || rate > MAX_SAMPLE_RATE) {
        throw new RangeError(`cannot resample ${rate} Hz`);
      }
    }
    const cutoff = Math.min(1, toRate / fromRate) * PASS_BAND;
    // Even, so that the sum below can go by fours.
    this.#half = 2 * Math.ceil(ZERO_CROSSINGS / cutoff / 2);
    const ratio = ratioOf(toRate, fromRate, MAX_FILTER_LENGTH / (2 * this.#half));
    this.#up = ratio.up;
    this.#down = ratio.down;
    this.#filter = this.#up === this.#down ? new Float32Array() : polyphaseFilter(this.#up, this.#half, cutoff);
    this.#pending = new Float32Array(this.#half);
    this.#position = this.#half;
  }

  /** The output that is certain once `block` is known. */
  process(block: Float32Array): Float32Array {
    if (this.#up === this.#down) return block;
    const input = new Float32Array(this.#pending.length + block.length);
    input.set(this.#pending);
    input.set(block, this.#pending.length);

    const taps = 2 * this.#half;
    const ready = Math.max(0, input.length - this.#half - this.#position);
    const output = new Float32Array(Math.ceil(((ready + 1) * this.#up) / this.#down) + 1);
    let count = 0;
    for (; this.#position + this.#half < input.length; count++) {
      const from = this.#position - this.#half + 1;
      const filterFrom = this.#phase * taps;
      output[count] = dotProduct(input, from, this.#filter, filterFrom, taps);
      this.#phase += this.#down;
      this.#position += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
    }
    // A much lower output rate may step past the end of the input.
    const used = Math.min(input.length, Math.max(0, this.#position - this.#half));
    this.#pending = input.slice(used);
    this.#position -= used;
    return output.subarray(0, count);
  }

  /** The rest of the output. Nothing may be processed afterwards. */
  flush(): Float32Array {
    return this.#up === this.#down ? new Float32Array() : this.process(new Float32Array(this.#half));
  }
}

/** Of `length` numbers, a multiple of four: four sums at once do not wait for each other, which is three times as fast. */
function dotProduct(a: Float32Array, aFrom: number, b: Float32Array, bFrom: number, length: number): number {
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  for (let i = 0; i < length; i += 4) {
    sum0 += (a[aFrom + i] ?? 0) * (b[bFrom + i] ?? 0);
    sum1 += (a[aFrom + i + 1] ?? 0) * (b[bFrom + i + 1] ?? 0);
    sum2 += (a[aFrom + i + 2] ?? 0) * (b[bFrom + i + 2] ?? 0);
    sum3 += (a[aFrom + i + 3] ?? 0) * (b[bFrom + i + 3] ?? 0);
  }
  return sum0 + sum1 + sum2 + sum3;
}

function polyphaseFilter(phases: number, half: number, cutoff: number): Float32Array {
  const taps = 2 * half;
  const filter = new Float32Array(phases * taps);
  for (let phase = 0; phase < phases; phase++) {
    const weights = Float64Array.from({ length: taps }, (_, tap) => {
      const distance = tap - half + 1 - phase / phases;
      return sinc(distance * cutoff) * kaiser(distance / half);
    });
    // Each phase passes a constant unchanged.
    const sum = weights.reduce((total, weight) => total + weight, 0);
    filter.set(
      weights.map((weight) => weight / sum),
      phase * taps,
    );
  }
  return filter;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** The Kaiser window at `x` from -1 to 1, but for a factor. */
function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel0(KAISER_BETA * Math.sqrt(1 - x * x));
}

/** The modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * `to / from` in lowest terms; for odd rates the nearest continued fraction with at most `maxUp` phases, which is less than
 * 0.02 s an hour off.
 */
function ratioOf(to: number, from: number, maxUp: number): { up: number; down: number } {
  let [numerator, denominator] = [to, from];
  let previous = { up: 0, down: 1 };
  let current = { up: 1, down: 0 };
  while (denominator !== 0) {
    const whole = Math.floor(numerator / denominator);
    const next = { up: whole * current.up + previous.up, down: whole * current.down + previous.down };
    if (next.up > maxUp) break;
    [previous, current] = [current, next];
    [numerator, denominator] = [denominator, numerator - whole * denominator];
  }
  return current;
}

/** A whole recording at another rate; as it is where the rates are the same. */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  if (fromRate === toRate) return samples;
  const resampler = new Resampler(fromRate, toRate);
  const body = resampler.process(samples);
  const rest = resampler.flush();
  const whole = new Float32Array(body.length + rest.length);
  whole.set(body);
  whole.set(rest, body.length);
  return whole;
}
