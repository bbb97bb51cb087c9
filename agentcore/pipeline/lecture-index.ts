/** A lecture's segments, ranked for a question by BM25 (minisearch) over stems. */
import { stemmer } from '@orama/stemmers/english';
import { stopwords } from '@orama/stopwords/english';
import MiniSearch from 'minisearch';
import type { Segment } from '../../protocol/items.ts';

const STOP_WORDS: ReadonlySet<string> = new Set(stopwords);

/** A content word's stem, so that "tides" meets "tide" and "rising" meets "rise"; null for words without content. */
export function contentTerm(word: string): string | null {
  const lower = word.toLowerCase().replace(/['’]s$/u, '');
  return lower.length < 2 || STOP_WORDS.has(lower) ? null : stemmer(lower);
}

export function contentTerms(text: string): string[] {
  return (text.match(/[\p{L}\p{N}]+(?:['’]\p{L}+)?/gu) ?? []).flatMap((word) => contentTerm(word) ?? []);
}

export interface RankedSegment {
  /** 1-based, as in the prompt. */
  number: number;
  score: number;
}

/** Search over one lecture. Segment numbers are 1-based, as in the prompt. */
export class LectureIndex {
  readonly #search: MiniSearch<{ id: number; text: string }>;

  constructor(segments: readonly Segment[]) {
    this.#search = new MiniSearch({ fields: ['text'], processTerm: contentTerm });
    this.#search.addAll(segments.map((segment, i) => ({ id: i + 1, text: segment.text })));
  }

  /** Segment numbers by falling BM25 score. Terms of `context` count for less than those of `query`. */
  rank(query: string, context = ''): number[] {
    return this.search(query, context).map(({ number }) => number);
  }

  /** The same with their scores, which are positive. */
  search(query: string, context = ''): RankedSegment[] {
    const asked = new Set(contentTerms(query));
    const results = this.#search.search(`${query} ${context}`, {
      prefix: (term) => term.length >= 5,
      fuzzy: (term) => (term.length >= 7 ? 0.15 : false),
      boostTerm: (term) => (asked.has(term) ? 1 : 0.4),
    });
    return results.map(({ id, score }) => ({ number: id as number, score }));
  }
}
