/** From an answer to the places in the recording that it rests on. */
import type { Segment } from '../../protocol/items.ts';
import type { Citation } from '../../protocol/messages.ts';
import { contentTerms, type LectureIndex } from './lecture-index.ts';

export const MAX_CITATIONS = 8;
const MAX_CITATION_CHARS = 300;
/** An unmarked sentence rests on a segment that holds at least this share of its content words, and this many. */
const MIN_SHARED_TERMS = 0.5;
const MIN_SHARED_COUNT = 2;

/** A segment, and whose it is where several lectures are asked together. */
export interface CitableSegment extends Segment {
  lecture?: { lectureId: string; title: string };
}

/** The citation for a segment number, 1-based; `undefined` for one that does not exist. */
export function citationFor(segments: readonly CitableSegment[], number: number): Citation | undefined {
  const segment = segments[number - 1];
  if (segment === undefined) return undefined;
  const { start, end, text, lecture } = segment;
  return { start, end, text: text.slice(0, MAX_CITATION_CHARS), ...lecture };
}

/** For an answer without markers: the segment that matches each of its sentences best, where one does. */
export function groundAnswer(answer: string, segments: readonly Segment[], index: LectureIndex): number[] {
  const numbers = new Set<number>();
  for (const sentence of sentences(answer)) {
    const best = bestSegment(sentence, segments, index);
    if (best !== undefined) numbers.add(best);
  }
  return [...numbers].slice(0, MAX_CITATIONS);
}

function bestSegment(sentence: string, segments: readonly Segment[], index: LectureIndex): number | undefined {
  const terms = new Set(contentTerms(sentence));
  let best: { number: number; shared: number } | undefined;
  for (const number of index.rank(sentence).slice(0, 5)) {
    const inSegment = new Set(contentTerms(segments[number - 1]?.text ?? ''));
    const shared = [...terms].filter((term) => inSegment.has(term)).length;
    if (best === undefined || shared > best.shared) best = { number, shared };
  }
  if (best === undefined || best.shared < MIN_SHARED_COUNT) return undefined;
  return best.shared >= terms.size * MIN_SHARED_TERMS ? best.number : undefined;
}

function sentences(text: string): string[] {
  return [...new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)].map((part) => part.segment);
}
