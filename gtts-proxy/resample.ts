/** Sample-rate conversion by a rational factor: a polyphase filter, windowed sinc. */

/** Filter taps that each output sample costs. With Kaiser's β = 8 what lies past the band is down by 80 dB. */
const TAPS_PER_PHASE = 32;
const KAISER_BETA = 8;
/** Of the narrower band that passes; the rest is the filter's slope. */
const PASSBAND = 0.92;

const filters = new Map<string, Float64Array[]>();

/** `samples` at `from` Hz as samples at `to` Hz: ⌈length · to / from⌉ of them, aligned with the input's start. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const divisor = greatestCommonDivisor(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const phases = polyphase(up, down);
  // Silence on both sides: a read outside an array's bounds costs the loop its speed.
  const padded = new Float32Array(samples.length + 2 * TAPS_PER_PHASE);
  padded.set(samples, TAPS_PER_PHASE);
  const output = new Float32Array(Math.ceil((samples.length * up) / down));
  for (let i = 0; i < output.length; i++) {
    const position = i * down;
    const newest = Math.floor(position / up) + TAPS_PER_PHASE + TAPS_PER_PHASE / 2;
    const taps = phases[position % up];
    if (taps === undefined) break;
    let sum = 0;
    for (let tap = 0; tap < TAPS_PER_PHASE; tap++) sum += (padded[newest - tap] ?? 0) * (taps[tap] ?? 0);
    output[i] = sum;
  }
  return output;
}

/** For each of `up` phases, the taps that meet the input's samples, newest first. */
function polyphase(up: number, down: number): Float64Array[] {
  const key = `${up}/${down}`;
  const known = filters.get(key);
  if (known !== undefined) return known;
  const cutoff = PASSBAND / Math.max(up, down);
  const centre = (TAPS_PER_PHASE * up) / 2;
  const phases = Array.from({ length: up }, (_, phase) =>
    Float64Array.from({ length: TAPS_PER_PHASE }, (_unused, tap) => {
      const x = phase + tap * up - centre;
      return up * cutoff * sinc(cutoff * x) * kaiser(x / centre);
    }),
  );
  filters.set(key, phases);
  return phases;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser's window at x in [-1, 1]. */
function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA);
}

/** The modified Bessel function of order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
