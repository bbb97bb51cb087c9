/** How loud sound is, from frame to frame. */

/** Of each whole frame of so many samples: the mean power in dB of full scale; −120 dB and less where it is silent. */
export function frameLevels(samples: Float32Array, frame: number): number[] {
  const levels: number[] = [];
  for (let start = 0; start + frame <= samples.length; start += frame) {
    let energy = 1e-12;
    for (let i = start; i < start + frame; i++) energy += (samples[i] ?? 0) ** 2;
    levels.push(10 * Math.log10(energy / frame));
  }
  return levels;
}
