/** Tells a hum, a tone or a hiss from speech, which is never steady for long. */

import { frameLevels } from './frame-levels.ts';

const FRAME = 320;
/** What is so much below the loudest frame, at either end, is the silence around the sound. */
const EDGE_DB = 20;
/** Between loud and quiet frames of speech lie 20 dB and more, of a hum hardly 1. */
const SPEECH_RANGE_DB = 6;
const MIN_FRAMES = 10;

/** Whether the level of 16 kHz samples hardly changes from one 20 ms to the next, silence at the ends aside. */
export function isSteadySound(samples: Float32Array): boolean {
  const levels = frameLevels(samples, FRAME);
  const edge = Math.max(...levels) - EDGE_DB;
  const first = levels.findIndex((level) => level > edge);
  const last = levels.findLastIndex((level) => level > edge);
  const inner = levels.slice(first + 1, last).sort((a, b) => a - b);
  const low = inner[Math.floor(inner.length * 0.05)];
  const high = inner[Math.floor(inner.length * 0.95)];
  return low !== undefined && high !== undefined && inner.length >= MIN_FRAMES && high - low < SPEECH_RANGE_DB;
}
