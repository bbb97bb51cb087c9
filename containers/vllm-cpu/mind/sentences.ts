/** Sentences, as spoken: a recognizer's segments joined and cut again where sentences end. */

export interface Sentence {
  text: string;
  /** The numbers of the segments it stands in, in order; none in a text without segments. */
  segments: number[];
}

export interface NumberedSegment {
  index: number;
  text: string;
}

/** A full stop after one of these ends no sentence. */
const ABBREVIATION = /(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|vs|approx|fig|no|vol|cf|e\.g|i\.e|[a-hj-z])\.$/i;
/** A recognizer that sets no full stops must not make one sentence of the whole lecture. */
const MAX_WORDS = 60;

/** Where each sentence of `text` ends, in characters. */
function sentenceEnds(text: string): number[] {
  const ends: number[] = [];
  let start = 0;
  for (const match of text.matchAll(/[.!?]+["”’)\]]*(?=\s|$)|\n+/g)) {
    const end = match.index + match[0].length;
    if (ABBREVIATION.test(text.slice(start, end))) continue;
    ends.push(end);
    start = end;
  }
  if (start < text.length) ends.push(text.length);
  return ends;
}

export function splitSentences(text: string): string[] {
  let start = 0;
  const sentences = sentenceEnds(text).map((end) => {
    const sentence = text.slice(start, end).trim();
    start = end;
    return sentence;
  });
  return sentences.filter((sentence) => sentence !== '');
}

/** A sentence that runs over several segments becomes one again and carries all their numbers. */
export function joinSegments(segments: readonly NumberedSegment[]): Sentence[] {
  const starts: number[] = [];
  let text = '';
  for (const segment of segments) {
    starts.push(text.length);
    text += `${segment.text.trim()} `;
  }
  const ends = sentenceEnds(text.trimEnd());
  const sentences: Sentence[] = [];
  let from = 0;
  for (const end of ends) {
    for (const [start, stop] of bounded(text, from, end, starts)) {
      const sentence = text.slice(start, stop);
      const first = start + sentence.length - sentence.trimStart().length;
      const touched = segments.filter((_, i) => {
        const next = starts[i + 1] ?? text.length;
        return (starts[i] ?? 0) < stop && next > first;
      });
      if (sentence.trim() !== '') {
        sentences.push({ text: sentence.trim(), segments: touched.map(({ index }) => index) });
      }
    }
    from = end;
  }
  return sentences;
}

/** The stretch itself, or its parts between segments where it is too long for a sentence. */
function bounded(text: string, from: number, to: number, starts: readonly number[]): [number, number][] {
  const parts: [number, number][] = [];
  let start = from;
  for (const boundary of [...starts.filter((at) => at > from && at < to), to]) {
    const previous = parts.at(-1);
    const words = text
      .slice(previous?.[0] ?? start, boundary)
      .trim()
      .split(/\s+/).length;
    if (previous !== undefined && words <= MAX_WORDS) previous[1] = boundary;
    else parts.push([start, boundary]);
    start = boundary;
  }
  return parts;
}
