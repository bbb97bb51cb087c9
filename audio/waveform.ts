/**
 * The outline of a recording whose length is not known before its end: stretches of a tenth of a second, which are
 * joined two by two whenever there are more than a picture has use for. Memory and work do not grow with the recording.
 */
import { FULL_SCALE_PEAK, MAX_WAVEFORM_PEAKS, type Waveform } from '../protocol/waveform.ts';

const FIRST_STRETCH_SECONDS = 0.1;

export class WaveformMeter {
  readonly #sampleRate: number;
  #stretchSamples: number;
  #peaks: number[] = [];
  /** Of the stretch that is not whole yet. */
  #peak = 0;
  #count = 0;

  /** @param sampleRate in Hz */
  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
    this.#stretchSamples = Math.max(1, Math.round(sampleRate * FIRST_STRETCH_SECONDS));
  }

  /** Samples in [-1, 1]; what lies outside counts as full scale. */
  add(samples: Float32Array): void {
    for (const sample of samples) {
      const magnitude = Math.abs(sample);
      if (magnitude > this.#peak) this.#peak = magnitude;
      if (++this.#count === this.#stretchSamples) this.#endStretch();
    }
  }

  /** As far as it has come. */
  get waveform(): Waveform {
    const open = this.#count > 0 && this.#peaks.length < MAX_WAVEFORM_PEAKS ? [this.#peak] : [];
    return {
      secondsPerPeak: this.#stretchSamples / this.#sampleRate,
      peaks: [...this.#peaks, ...open].map((peak) => Math.round(Math.min(1, peak) * FULL_SCALE_PEAK)),
    };
  }

  #endStretch(): void {
    this.#peaks.push(this.#peak);
    this.#peak = 0;
    this.#count = 0;
    if (this.#peaks.length < MAX_WAVEFORM_PEAKS) return;
    const joined: number[] = [];
    for (let i = 0; i < this.#peaks.length; i += 2) {
      joined.push(Math.max(this.#peaks[i] ?? 0, this.#peaks[i + 1] ?? 0));
    }
    this.#peaks = joined;
    this.#stretchSamples *= 2;
  }
}
