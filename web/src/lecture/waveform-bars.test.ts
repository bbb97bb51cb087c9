import { describe, expect, it } from '@jest/globals';
import { barsPath, waveformBars } from './waveform-bars.ts';

describe('the bars of a waveform', () => {
  const waveform = { secondsPerPeak: 1, peaks: [0, 10, 100, 0, 50, 50, 0, 0] };

  it('show the loudest of each stretch, by the loudest of all', () => {
    expect(waveformBars(waveform, 8, 4)).toEqual([0.1, 1, 0.5, 0.04]);
  });

  it('may be more than there are peaks, and end where the recording does', () => {
    expect(waveformBars({ secondsPerPeak: 2, peaks: [255, 0] }, 4, 8)).toEqual([1, 1, 1, 1, 0.04, 0.04, 0.04, 0.04]);
    expect(waveformBars({ secondsPerPeak: 1, peaks: [] }, 4, 2)).toEqual([0.04, 0.04]);
  });

  it('are drawn around the middle', () => {
    expect(barsPath([1, 0.5], 20)).toBe('M0.5 0V20M1.5 5V15');
  });
});
