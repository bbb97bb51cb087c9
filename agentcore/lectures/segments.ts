/** Transcribed pieces as timed segments: one sentence each, timed by its share of the speech and by the pauses in it. */
import type { TimeSpan } from '../../audio/silence.ts';
import type { Segment } from '../../protocol/items.ts';
import { boundaryAt, isSpeakable } from '../pipeline/pieces.ts';

/** What was heard in a piece of the recording, and where in it there is speech (at least one stretch, in order). */
export interface TranscribedPiece extends TimeSpan {
  voiced: readonly TimeSpan[];
  text: string;
}

/** A longer sentence is split, so that a citation stays short. */
export const MAX_SEGMENT_CHARS = 300;
/** Sentences over two pieces are joined across no longer pause than this. */
const MAX_JOIN_SECONDS = 1;
/** A sentence's estimated end is moved to a pause this near, in seconds of speech. */
const SNAP_SECONDS = 1.5;
/** Closing quotes and brackets belong to the sentence before them. */
const CLOSERS = /^["'”’)\]»]+/u;

/** The segments of a whole recording, from its pieces in order. */
export function segmentsOf(pieces: readonly TranscribedPiece[]): Segment[] {
  const segments: Segment[] = [];
  for (const piece of pieces) {
    for (const segment of segmentsOfPiece(piece)) {
      const previous = segments.at(-1);
      if (previous !== undefined && runsOn(previous, segment)) {
        segments[segments.length - 1] = { ...previous, end: segment.end, text: `${previous.text} ${segment.text}` };
      } else {
        segments.push(segment);
      }
    }
  }
  return segments;
}

function runsOn(previous: Segment, next: Segment): boolean {
  return (
    !/[.?!…。！？:;,]["'”’)\]»]*$/u.test(previous.text) &&
    !/^\p{Lu}/u.test(next.text) &&
    next.start - previous.end <= MAX_JOIN_SECONDS &&
    previous.text.length + next.text.length < MAX_SEGMENT_CHARS
  );
}

function segmentsOfPiece(piece: TranscribedPiece): Segment[] {
  const sentences = splitSentences(piece.text);
  const speech = new SpeechClock(piece);
  const segments: Segment[] = [];
  let charsLeft = sentences.reduce((sum, sentence) => sum + sentence.length, 0);
  let at = 0;
  for (const [i, text] of sentences.entries()) {
    const share = text.length / charsLeft;
    const end = i === sentences.length - 1 ? speech.total : speech.snap(at + share * (speech.total - at), at);
    const start = speech.timeAfter(at);
    segments.push({ start: round(start), end: round(Math.max(start + 0.1, speech.timeBefore(end))), text });
    charsLeft -= text.length;
    at = end;
  }
  return segments;
}

const round = (seconds: number): number => Math.round(seconds * 100) / 100;

/** Sentences, and parts of those that are too long; what cannot be spoken belongs to the sentence before it. */
export function splitSentences(text: string): string[] {
  const clean = text.replace(/\s+/gu, ' ').trim();
  const sentences: string[] = [];
  let start = 0;
  for (let i = 0; i < clean.length; i++) {
    if (boundaryAt(clean, i) !== 'sentence') continue;
    const end = i + 1 + (CLOSERS.exec(clean.slice(i + 1))?.[0].length ?? 0);
    if (isSpeakable(clean.slice(start, end))) {
      sentences.push(clean.slice(start, end).trim());
      start = end;
    }
    i = end - 1;
  }
  const rest = clean.slice(start).trim();
  if (isSpeakable(rest)) sentences.push(rest);
  return sentences.flatMap(splitLong);
}

/** Parts of at most `MAX_SEGMENT_CHARS`: cut at a clause, else at a space. */
function splitLong(sentence: string): string[] {
  const parts: string[] = [];
  let rest = sentence;
  while (rest.length > MAX_SEGMENT_CHARS) {
    let cut = 0;
    for (let i = 0; i < MAX_SEGMENT_CHARS; i++) if (boundaryAt(rest, i) === 'clause') cut = i + 1;
    if (cut < MAX_SEGMENT_CHARS / 3) cut = rest.lastIndexOf(' ', MAX_SEGMENT_CHARS);
    if (cut <= 0)
      cut = /[\uD800-\uDBFF]/.test(rest[MAX_SEGMENT_CHARS - 1] ?? '') ? MAX_SEGMENT_CHARS - 1 : MAX_SEGMENT_CHARS;
    parts.push(rest.slice(0, cut).trim());
    rest = rest.slice(cut).trim();
  }
  return rest === '' ? parts : [...parts, rest];
}

/** Seconds of speech, pauses left out, as seconds of the recording. */
class SpeechClock {
  readonly total: number;
  readonly #spans: { from: number; start: number; end: number }[] = [];

  constructor({ voiced, start, end }: TranscribedPiece) {
    let from = 0;
    for (const span of voiced.length > 0 ? voiced : [{ start, end }]) {
      this.#spans.push({ from, start: span.start, end: span.end });
      from += span.end - span.start;
    }
    this.total = from;
  }

  /** Where speech goes on after `at` seconds of it: after a pause that is there. */
  timeAfter(at: number): number {
    const span = this.#spans.findLast(({ from }) => from <= at + 1e-6) ?? this.#spans[0];
    return span === undefined ? 0 : Math.min(span.end, span.start + at - span.from);
  }

  /** Where `at` seconds of speech end: before a pause that is there. */
  timeBefore(at: number): number {
    const span = this.#spans.findLast(({ from }) => from < at - 1e-6) ?? this.#spans[0];
    return span === undefined ? 0 : Math.min(span.end, span.start + at - span.from);
  }

  /** `at`, or the pause near it after `after` that most likely ends a sentence: longer ones reach further. */
  snap(at: number, after: number): number {
    let best: { cost: number; at: number } | undefined;
    for (const [i, span] of this.#spans.entries()) {
      const pause = span.start - (this.#spans[i - 1]?.end ?? span.start);
      const distance = Math.abs(span.from - at);
      if (pause <= 0 || span.from <= after + 0.1 || distance > SNAP_SECONDS) continue;
      const cost = distance - Math.min(1, pause);
      if (best === undefined || cost < best.cost) best = { cost, at: span.from };
    }
    return best?.at ?? at;
  }
}
