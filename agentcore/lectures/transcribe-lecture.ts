/**
 * A recording's bytes to its timed segments: decoded as a stream, cut at pauses, transcribed several pieces at a time.
 *
 * Decoding waits for the recogniser, so that memory does not grow with the lecture. Pieces depend on the recording
 * alone: the same file gives the same pieces on every host.
 */
import type { LimitFunction } from 'p-limit';
import { decodeAudio, SAMPLE_RATE, type DecodeSummary } from '../../audio/decode.ts';
import { WaveformMeter } from '../../audio/waveform.ts';
import { cutUtterances, type TimeSpan, type Utterance } from '../../audio/silence.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import type { Segment } from '../../protocol/items.ts';
import type { Waveform } from '../../protocol/waveform.ts';
import type { Recognizer } from '../engines/engines.ts';
import type { LectureSource } from './lecture-source.ts';
import { withPatience, type Patience } from '../patience.ts';
import { segmentsOf, type TranscribedPiece } from './segments.ts';
import { holdsSpeech } from './speech-evidence.ts';

export interface LectureProgress {
  /** The share done, 0 to 1. */
  share: number;
  /** Whether the recogniser cannot be reached, and is waited for. */
  waiting: boolean;
}

export interface HeardPieces {
  /** What was heard from `start` to `end`; nothing where it has not been heard. */
  find(span: TimeSpan): string | undefined;
  /** Resolves once it is kept. */
  keep(piece: TranscribedPiece): Promise<void>;
}

export interface TranscribeLectureOptions {
  recognizer: Recognizer;
  /** Pieces in recognition at once; may be shared by several lectures. */
  limit: LimitFunction;
  /** A longer recording is refused. */
  maxSeconds: number;
  /** A longer piece is cut even where there is no pause; well under the model's 300 s. */
  maxPieceSeconds: number;
  patience: Patience;
  /** What is spoken, where that is known: a BCP 47 tag. */
  language?: string | undefined;
  /** What has been heard before, and is not heard again; what is heard now is added. */
  heard?: HeardPieces;
  signal: AbortSignal;
  onProgress?: (progress: LectureProgress) => void;
}

export interface LectureTranscript {
  durationSeconds: number;
  segments: Segment[];
  /** The recording breaks off before its end. */
  truncated: boolean;
  waveform: Waveform;
}

/**
 * @throws SynapscribeError unsupported_audio, audio_too_long, no_speech; what the source throws; what the recogniser
 *   throws, once patience has ended; the signal's reason
 */
export async function transcribeLecture(
  source: LectureSource,
  options: TranscribeLectureOptions,
): Promise<LectureTranscript> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const meter = new ProgressMeter(source.size, options.onProgress);
  const pieces: TranscribedPiece[] = [];
  const running = new Set<Promise<void>>();
  const outline = new WaveformMeter(SAMPLE_RATE);
  let summary: DecodeSummary | undefined;

  async function* blocks(): AsyncGenerator<Float32Array> {
    const counted = meter.countBytes(source.open(0));
    const decoded = decodeAudio(counted, { maxSeconds: options.maxSeconds, signal, reopen: source.open });
    summary = yield* decoded;
  }

  const transcribe = async (utterance: Utterance, index: number): Promise<void> => {
    const { samples, ...span } = utterance;
    const text = await withPatience(
      async (attempt) => await options.recognizer.transcribe(samples, { signal: attempt, language: options.language }),
      options.patience,
      signal,
      (waiting) => meter.setWaiting(index, waiting),
    );
    const piece = { ...span, text };
    await options.heard?.keep(piece);
    pieces[index] = piece;
    meter.finish(index);
  };

  try {
    let count = 0;
    for await (const utterance of cutUtterances(outlined(blocks(), outline), {
      sampleRate: SAMPLE_RATE,
      maxSeconds: options.maxPieceSeconds,
    })) {
      const index = count++;
      meter.begin(index, utterance);
      const known = options.heard?.find(utterance);
      if (known !== undefined) {
        const { start, end, voiced } = utterance;
        pieces[index] = { start, end, voiced, text: known };
        meter.finish(index);
        continue;
      }
      const piece = options.limit(() => transcribe(utterance, index));
      const settled = piece.catch((error: unknown) => failed.abort(error)).finally(() => running.delete(settled));
      running.add(settled);
      // One piece more than can be worked on waits, so that the recogniser never does.
      while (running.size > options.limit.concurrency) await Promise.race(running);
      signal.throwIfAborted();
    }
    await Promise.all(running);
    signal.throwIfAborted();
  } catch (error) {
    failed.abort(error);
    await Promise.all(running);
    throw error;
  }
  const segments = segmentsOf(pieces);
  if (summary === undefined || segments.length === 0 || !holdsSpeech(pieces)) {
    throw new SynapscribeError('no_speech', 'No speech was found in the recording.');
  }
  const { seconds: durationSeconds, truncated } = summary;
  return { durationSeconds, segments, truncated, waveform: outline.waveform };
}

async function* outlined(blocks: AsyncIterable<Float32Array>, outline: WaveformMeter): AsyncGenerator<Float32Array> {
  for await (const block of blocks) {
    outline.add(block);
    yield block;
  }
}

/** How far a lecture is, by the seconds done of as many as its bytes so far let expect. */
class ProgressMeter {
  readonly #size: number;
  readonly #report: ((progress: LectureProgress) => void) | undefined;
  readonly #open = new Map<number, Utterance>();
  readonly #waiting = new Set<number>();
  #bytes = 0;
  #heardUntil = 0;
  #share = 0;

  constructor(size: number, report: ((progress: LectureProgress) => void) | undefined) {
    this.#size = size;
    this.#report = report;
  }

  async *countBytes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  begin(index: number, utterance: Utterance): void {
    this.#open.set(index, utterance);
    this.#heardUntil = utterance.end;
  }

  finish(index: number): void {
    this.#open.delete(index);
    this.#waiting.delete(index);
    const doneUntil = [...this.#open.values()].reduce((least, { start }) => Math.min(least, start), this.#heardUntil);
    const bytesShare = this.#size > 0 ? Math.min(1, this.#bytes / this.#size) : 0;
    const share = this.#heardUntil > 0 ? (doneUntil / this.#heardUntil) * bytesShare : 0;
    this.#share = Math.max(this.#share, share);
    this.#tell();
  }

  setWaiting(index: number, waiting: boolean): void {
    const was = this.#waiting.size > 0;
    if (waiting) this.#waiting.add(index);
    else this.#waiting.delete(index);
    if (this.#waiting.size > 0 !== was) this.#tell();
  }

  #tell(): void {
    this.#report?.({ share: this.#share, waiting: this.#waiting.size > 0 });
  }
}
