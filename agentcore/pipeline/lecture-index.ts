/** A lecture's segments, ranked for a question by BM25 (minisearch), with stemming left to prefix and fuzzy matching. */
import MiniSearch from 'minisearch';
import type { Segment } from '../../protocol/items.ts';

const STOP_WORDS = new Set(
  'a about after all also am an and any are as at be because been before being but by can could did do does doing down each few for from further had has have having he her here hers him his how i if in into is it its itself just lecture lecturer me more most my no nor not of off on once only or other our out over own professor said same say says she should so some speaker such tell than that the their them then there these they this those through to too under until up very was we were what when where which while who whom why will with would you your'.split(
    ' ',
  ),
);

/** Content words, lower-cased, plural and verb endings folded, so that "tides" meets "tide" and "rising" meets "rise". */
export function contentTerm(word: string): string | null {
  const lower = word.toLowerCase().replace(/['’]s$/u, '');
  if (lower.length < 2 || STOP_WORDS.has(lower)) return null;
  if (lower.length < 5) return lower.replace(/(?<=\p{L}{2}[^s])s$/u, '');
  return lower
    .replace(/(?:ies|ied)$/u, 'y')
    .replace(/(?:ing|edly|ed|es|s|ly)$/u, '')
    .replace(/e$/u, '');
}

export function contentTerms(text: string): string[] {
  return (text.match(/[\p{L}\p{N}]+(?:['’]\p{L}+)?/gu) ?? []).flatMap((word) => contentTerm(word) ?? []);
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
    const asked = new Set(contentTerms(query));
    const results = this.#search.search(`${query} ${context}`, {
      prefix: (term) => term.length >= 5,
      fuzzy: (term) => (term.length >= 7 ? 0.15 : false),
      boostTerm: (term) => (asked.has(term) ? 1 : 0.4),
    });
    return results.map((result) => result.id as number);
  }
}
