/** A recording as text: cut at silences into windows, each heard by itself, steady sounds left out. */
import { cutAtSilences } from '../../../audio/silence.ts';
import { SAMPLE_RATE } from './decode-audio.ts';
import { loudOnset } from './loud-onset.ts';
import { isSteadySound } from './steady-sound.ts';
import type { HeardWindow } from './worker-pool.ts';

/** Past about 30 s the model repeats itself. */
const MAX_WINDOW_SECONDS = 28;
/** A shorter window is not cut again when the model goes astray in it. */
const MIN_SPLIT_SECONDS = 6;
/** The model ends at once where something else than speech goes on for a second before it. */
const MAX_LEAD_SECONDS = 0.7;
/** The encoder's convolutions need some samples. */
const MIN_SAMPLES = SAMPLE_RATE / 4;

export type Hear = (samples: Float32Array, signal: AbortSignal) => Promise<HeardWindow>;

/** The text of each window that holds speech, in order. A recording without speech gives nothing. */
export async function* transcribe(samples: Float32Array, hear: Hear, signal: AbortSignal): AsyncGenerator<string> {
  for (const window of cutAtSilences(samples, { sampleRate: SAMPLE_RATE, maxSeconds: MAX_WINDOW_SECONDS })) {
    yield* hearWindow(window.samples, hear, signal);
  }
}

async function* hearWindow(
  samples: Float32Array,
  hear: Hear,
  signal: AbortSignal,
  isHalf = false,
): AsyncGenerator<string> {
  signal.throwIfAborted();
  if (isSteadySound(samples)) return;
  const { text, derailed } = await hear(pad(samples), signal);
  if (!derailed && /[\p{L}\p{N}]/u.test(text)) {
    yield text;
    return;
  }
  const seconds = samples.length / SAMPLE_RATE;
  const lead = derailed ? 0 : loudOnset(samples);
  if (lead > MAX_LEAD_SECONDS * SAMPLE_RATE) {
    yield* hearWindow(samples.subarray(lead), hear, signal, isHalf);
  } else if (seconds >= MIN_SPLIT_SECONDS && (derailed || !isHalf)) {
    // Of what it hears nothing in, it may hear something in the second half.
    const halves = cutAtSilences(samples, { sampleRate: SAMPLE_RATE, maxSeconds: seconds * 0.7 });
    for (const half of halves) yield* hearWindow(half.samples, hear, signal, true);
  } else if (/[\p{L}\p{N}]/u.test(text)) {
    yield text;
  }
}

function pad(samples: Float32Array): Float32Array {
  if (samples.length >= MIN_SAMPLES) return samples;
  const padded = new Float32Array(MIN_SAMPLES);
  padded.set(samples);
  return padded;
}
