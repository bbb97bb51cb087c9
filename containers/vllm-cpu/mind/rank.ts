/** Which sentences answer a question, and how well the best one does. Constants are tuned on texts of our own. */
import { hasSignOf, kindOf } from './question-kind.ts';
import type { SentenceIndex } from './sentence-index.ts';
import { isCommon, isSpeaking, termsOf, type Term } from './terms.ts';

export interface RankedSentence {
  /** Position in the text. */
  position: number;
  score: number;
  /** The share of what the question asks that the sentence and its neighbours speak of, from 0 to 1. */
  coverage: number;
}

export interface WeightedTerm {
  term: Term;
  weight: number;
  /** Helps to find the place, but the question does not ask for it. */
  hint: boolean;
}

/** What a word found in the sentence before or after is worth: lecturers name a thing once, then say "it". */
const NEIGHBOUR = 0.5;
/** For a sentence with a sign of the kind of answer that is asked for. */
const KIND_BONUS = 1.25;
/** How much a sentence's length counts against it. */
const LENGTH_SHARE = 0.2;
/** Words such as "begin" or "problem" help to find the place but prove little about the matter. */
const COMMON_RANK_WEIGHT = 0.8;
const COMMON_COVERAGE_WEIGHT = 0.4;
/** For every word of the question that is nowhere in the text. */
const UNKNOWN_DOUBT = 0.75;
const MAX_UNKNOWN = 2;
/** No spoken question has more. */
const MAX_TERMS = 60;

/** A text's words for asking with; a word said twice counts once. */
export function weightTerms(text: string, weight = 1, hint = false): WeightedTerm[] {
  const byRoot = new Map(
    termsOf(text)
      .filter((term) => !isSpeaking(term))
      .map((term) => [term.root, { term, weight, hint }]),
  );
  return [...byRoot.values()].slice(0, MAX_TERMS);
}

/** All sentences that have to do with the question, best first. */
export function rank(index: SentenceIndex, question: string, terms: readonly WeightedTerm[]): RankedSentence[] {
  const kind = kindOf(question);
  const searched = terms.map(({ term, weight, hint }) => ({
    weight,
    hint,
    common: isCommon(term),
    ...index.find(term),
  }));
  const coverageWeight = (word: (typeof searched)[number]): number =>
    word.hint ? 0 : word.weight * word.rarity * (word.common ? COMMON_COVERAGE_WEIGHT : 1);
  const asked = searched.reduce((sum, word) => sum + coverageWeight(word), 0);
  if (asked === 0) return [];
  const unknown = searched.filter(({ weight, common, certainty }) => weight === 1 && !common && certainty.size === 0);
  const doubt = UNKNOWN_DOUBT ** Math.min(MAX_UNKNOWN, unknown.length);

  const ranked = index.sentences.map(({ text }, position): RankedSentence => {
    let score = 0;
    let covered = 0;
    for (const word of searched) {
      const at = (place: number): number => word.certainty.get(place) ?? 0;
      const found = Math.max(at(position), NEIGHBOUR * at(position - 1), NEIGHBOUR * at(position + 1));
      score += word.weight * word.rarity * (word.common ? COMMON_RANK_WEIGHT : 1) * found;
      covered += coverageWeight(word) * found;
    }
    const bonus = hasSignOf(kind, text) ? KIND_BONUS : 1;
    const length = 1 - LENGTH_SHARE + LENGTH_SHARE * index.relativeLength(position);
    return { position, score: (score * bonus) / length, coverage: (covered / asked) * doubt };
  });
  return ranked.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.position - b.position);
}
