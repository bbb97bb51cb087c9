/** Recordings cut at pauses: a whole one in memory, or a stream of blocks into utterances of bounded length. */
import { FRAME_SECONDS, HighPass, thresholdsOf, voicedSpans, type FrameSpan } from './silence-voice-activity.ts';

export interface CutOptions {
  /** Samples a second. */
  sampleRate: number;
  /** No piece is longer, in seconds. Where it can be had, pieces end at a pause from 0.3 to 0.7 times this. */
  maxSeconds: number;
}

/** A stretch of time, in seconds from the recording's start. */
export interface TimeSpan {
  start: number;
  end: number;
}

/** A piece of a recording in which somebody speaks, from pause to pause. */
export interface Utterance extends TimeSpan {
  samples: Float32Array;
  /** Where within the piece there is speech: in order, at least one, in seconds from the recording's start. */
  voiced: TimeSpan[];
}

/** Silence kept before and after the speech of a piece. */
const MARGIN_SECONDS = 0.25;
/** A pause this long always ends a piece: what comes after it has little to do with what came before. */
const BREAK_SECONDS = 2;
/** Levels remembered from before the current piece, for the noise floor. */
const HISTORY_SECONDS = 60;

/**
 * Cuts a stream pushed block by block, holding at most `maxSeconds` of it and a minute of levels. Stretches without
 * speech give nothing. Call `flush` once, after the last block.
 */
export class UtteranceCutter {
  readonly #rate: number;
  readonly #frameSize: number;
  readonly #maxFrames: number;
  readonly #highPass: HighPass;
  /** Whole frames not yet cut off, then a partial one. */
  readonly #samples: Float32Array;
  #filled = 0;
  /** Where `#samples` begins, in frames from the recording's start. */
  #offset = 0;
  /** Levels of the frames in `#samples` that are whole. */
  #levels: number[] = [];
  #history: number[] = [];

  constructor({ sampleRate, maxSeconds }: CutOptions) {
    this.#rate = sampleRate;
    this.#frameSize = Math.round(sampleRate * FRAME_SECONDS);
    this.#maxFrames = Math.max(10, Math.floor((maxSeconds * sampleRate) / this.#frameSize));
    this.#highPass = new HighPass(sampleRate);
    this.#samples = new Float32Array(this.#maxFrames * this.#frameSize);
  }

  /** Takes the next block, of any length, and gives the pieces that it completes. */
  *push(block: Float32Array): Generator<Utterance> {
    let taken = 0;
    while (taken < block.length) {
      const part = block.subarray(taken, taken + this.#samples.length - this.#filled);
      this.#append(part);
      taken += part.length;
      while (this.#levels.length >= this.#maxFrames) yield* this.#cut(false);
    }
  }

  /** Gives what is left. */
  *flush(): Generator<Utterance> {
    const partial = this.#filled % this.#frameSize;
    if (partial > 0) this.#append(new Float32Array(this.#frameSize - partial));
    while (this.#levels.length > 0) yield* this.#cut(true);
  }

  #append(part: Float32Array): void {
    this.#samples.set(part, this.#filled);
    this.#filled += part.length;
    const size = this.#frameSize;
    for (let frame = this.#levels.length; (frame + 1) * size <= this.#filled; frame++) {
      this.#levels.push(this.#highPass.levelOf(this.#samples.subarray(frame * size, (frame + 1) * size)));
    }
  }

  /** Cuts one piece, or some silence, off the front. */
  *#cut(ended: boolean): Generator<Utterance> {
    const levels = Float32Array.from(this.#levels);
    const spans = voicedSpans(levels, thresholdsOf(Float32Array.from([...this.#history, ...this.#levels])));
    const margin = Math.round(MARGIN_SECONDS / FRAME_SECONDS);
    const [first] = spans;
    if (first === undefined) {
      // The last frames may be the soft beginning of a word.
      this.#drop(ended ? levels.length : Math.max(1, levels.length - margin));
      return;
    }
    if (first.start > margin && !ended) {
      this.#drop(first.start - margin);
      return;
    }
    const cut = this.#chooseCut(levels, spans, ended);
    const inside = spans.flatMap((span) =>
      span.start < cut ? [{ start: span.start, end: Math.min(span.end, cut) }] : [],
    );
    const from = Math.max(0, first.start - margin);
    const to = Math.min(cut, (inside.at(-1) ?? first).end + margin);
    yield {
      ...this.#times({ start: from, end: to }),
      samples: this.#samples.slice(from * this.#frameSize, to * this.#frameSize),
      voiced: inside.map((span) => this.#times(span)),
    };
    this.#drop(cut);
  }

  /** The frame before which the piece ends: amid a pause if there is one, else where it is quietest. */
  #chooseCut(levels: Float32Array, spans: readonly FrameSpan[], ended: boolean): number {
    const aimFrom = 0.3 * this.#maxFrames;
    const aimTo = 0.7 * this.#maxFrames;
    let best: { score: number; cut: number } | undefined;
    for (const [index, span] of spans.entries()) {
      const next = spans[index + 1];
      if (next === undefined && ended) break;
      const pause = { start: span.end, end: next?.start ?? levels.length };
      const seconds = (pause.end - pause.start) * FRAME_SECONDS;
      const cut = Math.round((pause.start + pause.end) / 2);
      if (seconds >= BREAK_SECONDS) return cut;
      if (seconds <= 0) continue;
      // A longer pause more likely ends a sentence; outside the aim it has to be much longer.
      const outside = cut < aimFrom ? (aimFrom - cut) / aimFrom : cut > aimTo ? (cut - aimTo) / this.#maxFrames : 0;
      const score = Math.min(seconds, 1.2) - 1.5 * outside;
      if (best === undefined || score > best.score) best = { score, cut };
    }
    if (ended) return levels.length;
    return best !== undefined && best.cut >= aimFrom / 2 ? best.cut : quietestFrame(levels, Math.round(aimTo));
  }

  #times(span: FrameSpan): TimeSpan {
    const seconds = (frame: number): number => ((this.#offset + frame) * this.#frameSize) / this.#rate;
    return { start: seconds(span.start), end: seconds(span.end) };
  }

  #drop(frames: number): void {
    this.#history.push(...this.#levels.splice(0, frames));
    this.#history = this.#history.slice(-Math.round(HISTORY_SECONDS / FRAME_SECONDS));
    this.#samples.copyWithin(0, frames * this.#frameSize, this.#filled);
    this.#filled -= frames * this.#frameSize;
    this.#offset += frames;
  }
}

/** The frame from `from` on around which 100 ms are quietest. */
function quietestFrame(levels: Float32Array, from: number): number {
  let best = levels.length;
  let bestLevel = Infinity;
  for (let frame = from; frame < levels.length - 2; frame++) {
    const around = levels.subarray(Math.max(0, frame - 2), frame + 3);
    const level = around.reduce((sum, value) => sum + value, 0);
    if (level < bestLevel) {
      bestLevel = level;
      best = frame;
    }
  }
  return best;
}

/** A stream of mono blocks, cut into utterances. Holds at most `maxSeconds` of samples. */
export async function* cutUtterances(
  blocks: AsyncIterable<Float32Array>,
  options: CutOptions,
): AsyncGenerator<Utterance> {
  const cutter = new UtteranceCutter(options);
  for await (const block of blocks) yield* cutter.push(block);
  yield* cutter.flush();
}

/**
 * A whole mono recording as pieces of at most `maxSeconds`, cut at pauses, silence around the speech left out. `start`
 * is in seconds. A recording without speech gives no piece.
 */
export function cutAtSilences(samples: Float32Array, options: CutOptions): { start: number; samples: Float32Array }[] {
  const cutter = new UtteranceCutter(options);
  const utterances = [...cutter.push(samples), ...cutter.flush()];
  return utterances.map((utterance) => ({ start: utterance.start, samples: utterance.samples }));
}
