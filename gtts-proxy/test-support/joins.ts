/** What can be heard at the joins of pieces: steps between two samples, and stretches of silence. */
import { SAMPLE_RATE } from '../engine.ts';

/** Of full scale (−40 dB), over a window. */
const SILENT = 0.01;
const WINDOW = SAMPLE_RATE / 1000;

export interface Join {
  /** Where the silence begins, in seconds. */
  atSeconds: number;
  silentSeconds: number;
}

/** Silences between sounds, measured in windows of a millisecond, those under `minSeconds` left out. */
export function measureJoins(samples: Float32Array, minSeconds = 0.005): Join[] {
  const loud: number[] = [];
  for (let window = 0; (window + 1) * WINDOW <= samples.length; window++) {
    const block = samples.subarray(window * WINDOW, (window + 1) * WINDOW);
    if (block.some((sample) => Math.abs(sample) > SILENT)) loud.push(window);
  }
  return loud.slice(1).flatMap((window, index) => {
    const before = loud[index] ?? window;
    const silentSeconds = (window - before - 1) / 1000;
    return silentSeconds < minSeconds ? [] : [{ atSeconds: (before + 1) / 1000, silentSeconds }];
  });
}

/** The largest difference between a sample and the one before it. */
export function largestStep(samples: Float32Array): number {
  return samples.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (samples[i - 1] ?? sample))), 0);
}
