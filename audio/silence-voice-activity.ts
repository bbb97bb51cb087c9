/**
 * Where somebody speaks, told by energy: levels of 20 ms frames against a noise floor taken from the recording itself.
 *
 * A model would know speech from music; energy does not. It only has to find pauses to cut at and to drop silence, for
 * which it needs no weights, no native module and about a thousandth of the recogniser's time; what is not speech the
 * recogniser answers with no words.
 */

/** Length of one frame, in seconds. */
export const FRAME_SECONDS = 0.02;

/** A stretch of frames, `end` exclusive. */
export interface FrameSpan {
  start: number;
  end: number;
}

/** Below this level, in dB of full scale, nothing counts as speech: a muted or empty recording. */
const SILENCE_DB = -70;
/** Quieter than this is digital silence: it says nothing about the noise of the room. */
const DIGITAL_SILENCE_DB = -80;
/** Speech begins this far above the noise floor and lasts while it is `LEAVE_DB` above it. */
const ENTER_DB = 8;
const LEAVE_DB = 5;
/** What is this far below the loud frames is background, even where the room falls quite silent. */
const SPEECH_RANGE_DB = 38;
/** A pause shorter than this lies within a word or between two. */
const HANGOVER_FRAMES = 10;
/** A sound shorter than this is a click. */
const MIN_VOICED_FRAMES = 4;
/** Soft consonants at the edges of a stretch, which energy misses. */
const EDGE_FRAMES = 3;

/** A second-order Butterworth high-pass at 200 Hz (RBJ cookbook): mains hum and rumble are not speech. */
export class HighPass {
  readonly #b: number;
  readonly #a1: number;
  readonly #a2: number;
  #z1 = 0;
  #z2 = 0;

  constructor(sampleRate: number) {
    const omega = (2 * Math.PI * 200) / sampleRate;
    const alpha = Math.sin(omega) / Math.SQRT2;
    const a0 = 1 + alpha;
    this.#b = (1 + Math.cos(omega)) / 2 / a0;
    this.#a1 = (-2 * Math.cos(omega)) / a0;
    this.#a2 = (1 - alpha) / a0;
  }

  /** The level of the next `samples`, filtered, in dB of full scale; -120 for none at all. */
  levelOf(samples: Float32Array): number {
    let energy = 0;
    let z1 = this.#z1;
    let z2 = this.#z2;
    for (const raw of samples) {
      const x = Number.isFinite(raw) ? raw : 0;
      const y = this.#b * x + z1;
      z1 = -2 * this.#b * x - this.#a1 * y + z2;
      z2 = this.#b * x - this.#a2 * y;
      energy += y * y;
    }
    this.#z1 = z1;
    this.#z2 = z2;
    return 10 * Math.log10(energy / Math.max(1, samples.length) + 1e-12);
  }
}

/** Levels that tell speech from background. */
export interface Thresholds {
  enterDb: number;
  leaveDb: number;
}

/** Thresholds for a recording, from the levels of its frames (some tens of seconds of them). */
export function thresholdsOf(levels: Float32Array): Thresholds {
  const heard = levels.filter((level) => level > DIGITAL_SILENCE_DB).sort();
  if (heard.length === 0) return { enterDb: SILENCE_DB, leaveDb: SILENCE_DB };
  const floor = heard[Math.floor(heard.length * 0.1)] ?? 0;
  const loud = heard[Math.floor(heard.length * 0.95)] ?? 0;
  const least = Math.max(SILENCE_DB, loud - SPEECH_RANGE_DB);
  return { enterDb: Math.max(floor + ENTER_DB, least), leaveDb: Math.max(floor + LEAVE_DB, least) };
}

/** The voiced stretches among frames, in order, at least a hangover apart. */
export function voicedSpans(levels: Float32Array, { enterDb, leaveDb }: Thresholds): FrameSpan[] {
  const spans: FrameSpan[] = [];
  let start = -1;
  let lastVoiced = -1;
  const close = (): void => {
    if (start >= 0 && lastVoiced + 1 - start >= MIN_VOICED_FRAMES) {
      const previousEnd = spans.at(-1)?.end ?? 0;
      spans.push({
        start: Math.max(previousEnd, start - EDGE_FRAMES),
        end: Math.min(levels.length, lastVoiced + 1 + EDGE_FRAMES),
      });
    }
    start = -1;
  };
  levels.forEach((level, frame) => {
    if (level >= (start < 0 ? enterDb : leaveDb)) {
      if (start < 0) start = frame;
      lastVoiced = frame;
    } else if (start >= 0 && frame - lastVoiced > HANGOVER_FRAMES) {
      close();
    }
  });
  close();
  return spans;
}
