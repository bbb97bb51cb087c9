/** Finds where a window becomes loud: speech after soft music, or after the hum of a room full of people. */

/** 100 ms. */
const FRAME = 1_600;
/** Speech is within so much of its loudest tenth of a second most of the time. */
const BELOW_DB = 12;
/** The soft beginning of a word. */
const MARGIN_FRAMES = 1;

/** The sample of a 16 kHz window from which on it is loud, a little before; 0 where it is loud from its beginning. */
export function loudOnset(samples: Float32Array): number {
  const levels: number[] = [];
  for (let start = 0; start + FRAME <= samples.length; start += FRAME) {
    let energy = 1e-12;
    for (let i = start; i < start + FRAME; i++) energy += (samples[i] ?? 0) ** 2;
    levels.push(10 * Math.log10(energy / FRAME));
  }
  const loudest = Math.max(...levels);
  const first = levels.findIndex((level) => level > loudest - BELOW_DB);
  return Math.max(0, first - MARGIN_FRAMES) * FRAME;
}
