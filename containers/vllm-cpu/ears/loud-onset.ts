/** Finds where a window becomes loud: speech after soft music, or after the hum of a room full of people. */

import { frameLevels } from './frame-levels.ts';

/** 100 ms. */
const FRAME = 1_600;
/** Speech is within so much of its loudest tenth of a second most of the time. */
const BELOW_DB = 12;
/** The soft beginning of a word. */
const MARGIN_FRAMES = 1;

/** The sample of a 16 kHz window from which on it is loud, a little before; 0 where it is loud from its beginning. */
export function loudOnset(samples: Float32Array): number {
  const levels = frameLevels(samples, FRAME);
  const loudest = Math.max(...levels);
  const first = levels.findIndex((level) => level > loudest - BELOW_DB);
  return Math.max(0, first - MARGIN_FRAMES) * FRAME;
}
