/**
 * Search in a transcript: words by BM25 over their stems, words in double quotes as they stand. Where the index knows
 * none of the words (a language without spaces, stop words alone), the whole is looked for as it stands.
 */
import type { SearchHit } from '../../protocol/search.ts';
import type { Segment } from '../../protocol/items.ts';
import type { CitableSegment } from '../pipeline/grounding.ts';
import type { LectureIndex } from '../pipeline/lecture-index.ts';

/** A phrase may run over many segments. */
const MAX_HIT_CHARS = 1_000;

interface SearchedLecture {
  segments: readonly CitableSegment[];
  index: LectureIndex;
}

/** The 0-based segments that a phrase runs over, the last included. */
interface Place {
  from: number;
  to: number;
}

/** @returns the best hit first, of equal ones the earlier */
export function searchTranscript({ segments, index }: SearchedLecture, query: string, limit: number): SearchHit[] {
  const { phrases, words } = readQuery(query);
  const scores = new Map(index.search(`${phrases.join(' ')} ${words}`).map(({ number, score }) => [number - 1, score]));
  const places = phrases.length > 0 ? placesOfAll(segments, phrases) : wordPlaces(segments, scores, words);
  const hits = places.flatMap(({ from, to }) => {
    const found = segments.slice(from, to + 1);
    const [first, last] = [found[0], found.at(-1)];
    // A phrase that begins in one lecture and ends in the next was never said.
    if (first === undefined || last === undefined || first.lecture !== last.lecture) return [];
    const score = Math.max(...found.map((_, i) => scores.get(from + i) ?? 0));
    const text = found.map((segment) => segment.text).join(' ');
    const span = { start: first.start, end: last.end, text: shortened(text) };
    return [{ ...span, score: Math.round(score * 1000) / 1000, ...first.lecture }];
  });
  return hits.sort((a, b) => b.score - a.score || a.start - b.start).slice(0, limit);
}

/** A quote that does not end runs to the end. */
function readQuery(query: string): { phrases: string[]; words: string } {
  const phrases: string[] = [];
  const words = query.replace(/["“”„«»]([^"“”„«»]*)(?:["“”„«»]|$)/g, (_quoted, phrase: string) => {
    phrases.push(normalize(phrase));
    return ' ';
  });
  return { phrases: phrases.filter((phrase) => phrase !== ''), words: words.trim() };
}

function wordPlaces(segments: readonly Segment[], scores: ReadonlyMap<number, number>, words: string): Place[] {
  if (scores.size > 0) return [...scores.keys()].map((at) => ({ from: at, to: at }));
  const phrase = normalize(words);
  return phrase === '' ? [] : placesOfAll(segments, [phrase]);
}

/** Where the first phrase is, if the others are in the same segments. */
function placesOfAll(segments: readonly Segment[], [first = '', ...others]: string[]): Place[] {
  const texts = segments.map(({ text }) => normalize(text));
  return placesOf(texts, first).filter(({ from, to }) => {
    const found = texts.slice(from, to + 1).join(' ');
    return others.every((phrase) => found.includes(phrase));
  });
}

function placesOf(texts: readonly string[], phrase: string): Place[] {
  const whole = texts.join(' ');
  const places: Place[] = [];
  let from = 0;
  let startOfFrom = 0;
  for (let at = whole.indexOf(phrase); at >= 0; at = whole.indexOf(phrase, at + 1)) {
    const lengthOf = (i: number): number => (texts[i]?.length ?? 0) + 1;
    while (startOfFrom + lengthOf(from) <= at) startOfFrom += lengthOf(from++);
    let to = from;
    let end = startOfFrom + lengthOf(from) - 1;
    while (end < at + phrase.length && to + 1 < texts.length) end += lengthOf(++to);
    const previous = places.at(-1);
    if (previous?.from !== from || previous.to !== to) places.push({ from, to });
  }
  return places;
}

/** So that case, width, the kind of quotes and of spaces make no difference. */
const normalize = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/[’‘ʼ]/g, "'").replace(/\s+/gu, ' ').trim();

const shortened = (text: string): string =>
  text.length <= MAX_HIT_CHARS ? text : `${text.slice(0, MAX_HIT_CHARS).replace(/[\uD800-\uDBFF]$/, '')}…`;
