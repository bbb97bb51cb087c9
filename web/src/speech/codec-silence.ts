/**
 * What an MP3 has at its ends besides the speech: the encoder and the decoder need a run-up, and the last frame is filled.
 * A stream without a length in its header, as ours are, does not tell how much; it is silent, and of a known size at most.
 */

/** LAME's run-up (576) and any decoder's (529), rounded up to the frame that holds them: 1152 samples at 24 kHz. */
const MAX_LEAD_SAMPLES = 1_152;
/** A frame that is filled, one for the delay, and what Google's encoder adds. */
const MAX_TAIL_SAMPLES = 1_728;
/** −48 dB of full scale: above the echo that MP3 puts before a loud onset, below speech. */
const SILENCE = 0.004;

export interface Span {
  /** In samples, the end exclusive. */
  start: number;
  end: number;
}

/**
 * The part of a decoded piece that is to be played. Pauses that were spoken stay: at either end no more than what the
 * codec may have added is taken off.
 * @param codecRate the rate that the MP3 has; the samples may have been resampled since
 * @param sampleRate the rate of the samples
 */
export function withoutCodecSilence(samples: Float32Array, codecRate: number, sampleRate: number): Span {
  const scale = sampleRate / codecRate;
  const maxStart = Math.min(samples.length, Math.ceil(MAX_LEAD_SAMPLES * scale));
  const minEnd = Math.max(0, samples.length - Math.ceil(MAX_TAIL_SAMPLES * scale));
  let start = 0;
  while (start < maxStart && isSilent(samples[start])) start++;
  let end = samples.length;
  while (end > minEnd && isSilent(samples[end - 1])) end--;
  return start < end ? { start, end } : { start: 0, end: samples.length };
}

const isSilent = (sample: number | undefined): boolean => Math.abs(sample ?? 0) < SILENCE;
