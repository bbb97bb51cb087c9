/** The silence around an utterance. Flite puts a fifth of a second before each, which a listener would wait for. */

/** Of full scale (−46 dB); Flite's own silence is all zeros. */
const THRESHOLD = 0.005;
/** Kept before and after, so that soft sounds are not cut and nothing clicks. */
const LEAD_SECONDS = 0.015;
const TAIL_SECONDS = 0.04;

/** A copy without the silence around it; empty where there is nothing but silence. */
export function trimSilence(samples: Float32Array, sampleRate: number): Float32Array {
  const isHeard = (sample: number): boolean => Math.abs(sample) >= THRESHOLD;
  const first = samples.findIndex(isHeard);
  if (first === -1) return new Float32Array(0);
  const start = Math.max(0, first - Math.round(LEAD_SECONDS * sampleRate));
  return samples.slice(start, samples.findLastIndex(isHeard) + Math.round(TAIL_SECONDS * sampleRate));
}
