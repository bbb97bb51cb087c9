/** A recording's outline as bars of a picture. */
import { FULL_SCALE_PEAK, type Waveform } from '../../../protocol/waveform.ts';

/** A quiet stretch is still seen to be one. */
const LOWEST = 0.04;

/**
 * @param count of bars, spread evenly over `durationSeconds`
 * @returns each bar's height, 0 to 1: the loudest of all is 1
 */
export function waveformBars({ peaks, secondsPerPeak }: Waveform, durationSeconds: number, count: number): number[] {
  const loudest = peaks.reduce((most, peak) => Math.max(most, peak), 1) / FULL_SCALE_PEAK;
  return Array.from({ length: count }, (_, bar) => {
    const from = Math.floor((bar / count) * (durationSeconds / secondsPerPeak));
    const to = Math.max(from + 1, Math.ceil(((bar + 1) / count) * (durationSeconds / secondsPerPeak)));
    const peak = peaks.slice(from, to).reduce((most, value) => Math.max(most, value), 0) / FULL_SCALE_PEAK;
    return Math.max(LOWEST, peak / loudest);
  });
}

/** One SVG path of upright strokes, in a box of `count` by `height`, middle at half the height. */
export function barsPath(bars: readonly number[], height: number): string {
  return bars
    .map((bar, i) => {
      const half = ((bar * height) / 2).toFixed(2);
      return `M${i + 0.5} ${height / 2 - Number(half)}V${height / 2 + Number(half)}`;
    })
    .join('');
}
