/**
 * The edges of a piece of speech, so that pieces can be put one after the other: silence bounded, nothing that clicks.
 */

/** Of full scale (−46 dB); Flite's own silence is all zeros. */
const THRESHOLD = 0.005;
/** A sound that reaches the piece's very edge is faded over this, too short to be heard as soft. */
const FADE_SECONDS = 0.004;

export interface Edges {
  /** The most silence that is kept before the first sound, and after the last. */
  leadSeconds: number;
  tailSeconds: number;
}

/** Little enough that the pauses put between pieces are what is heard; enough that soft sounds are not cut. */
const CLOSE: Edges = { leadSeconds: 0.015, tailSeconds: 0.04 };

/** A copy without more silence around it than `edges` allows; empty where there is nothing but silence. */
export function trimSilence(samples: Float32Array, sampleRate: number, edges: Edges = CLOSE): Float32Array {
  const isHeard = (sample: number): boolean => Math.abs(sample) >= THRESHOLD;
  const first = samples.findIndex(isHeard);
  if (first === -1) return new Float32Array(0);
  const start = Math.max(0, first - Math.round(edges.leadSeconds * sampleRate));
  const end = samples.findLastIndex(isHeard) + Math.round(edges.tailSeconds * sampleRate);
  return fadeEdges(samples.slice(start, end), Math.round(FADE_SECONDS * sampleRate));
}

function fadeEdges(samples: Float32Array, length: number): Float32Array {
  const fade = Math.min(length, samples.length >> 1);
  for (let i = 0; i < fade; i++) {
    samples[i] = (samples[i] ?? 0) * (i / fade);
    const end = samples.length - 1 - i;
    samples[end] = (samples[end] ?? 0) * (i / fade);
  }
  return samples;
}
