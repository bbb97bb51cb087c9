/** Which sentences answer a question, and how well the best one does. Constants are tuned on texts of our own. */
import { hasSignOf, kindOf } from './question-kind.ts';
import { SAME_MEANING, type SentenceIndex, type TermHits } from './sentence-index.ts';
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
/** The same further back, for a sentence that says "he" or "it" of what was named then. */
const FAR_BACK = 0.35;
const FAR_SENTENCES = 4;
const PRONOUN = /\b(?:he|she|his|her|him|it|its|they|their|them|this|these)\b/i;

/** For a sentence with a sign of the kind of answer that is asked for. */
const KIND_BONUS = 1.25;
/** How much a sentence's length counts against it. */
const LENGTH_SHARE = 0.2;

/** For the noun in "which prize" and "how many eggs": the answer is one of those. */
const FOCUS_WEIGHT = 1.4;
const FOCUS = /\b(?:how many|how much|what kind of|which kind of|what type of|which|what) (\p{L}+)/giu;
/** For a place that does not name what was asked for, nor anything that sounds like it. */
const OFF_FOCUS_DOUBT = 0.8;
const NAMED = 0.6;

/** Words such as "begin" or "problem" help to find the place but prove little about the matter; so do synonyms. */
const COMMON_RANK_WEIGHT = 0.8;
const COMMON_COVERAGE_WEIGHT = 0.4;
const MEANING_COVERAGE = 0.4;
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

interface SearchedTerm extends TermHits {
  rankWeight: number;
  coverageWeight: number;
  /** A noun that the answer must be one of. */
  isFocus: boolean;
  isUnknown: boolean;
}

/** All sentences that have to do with the question, best first. */
export function rank(index: SentenceIndex, question: string, terms: readonly WeightedTerm[]): RankedSentence[] {
  const kind = kindOf(question);
  const searched = search(index, question, terms);
  const asked = searched.reduce((sum, { coverageWeight }) => sum + coverageWeight, 0);
  if (asked === 0) return [];
  const unknown = searched.filter(({ isUnknown }) => isUnknown).length;
  const doubt = UNKNOWN_DOUBT ** Math.min(MAX_UNKNOWN, unknown);

  const ranked = index.sentences.map(({ text }, position): RankedSentence => {
    const refersBack = PRONOUN.test(text);
    let score = 0;
    let covered = 0;
    let trust = doubt;
    for (const term of searched) {
      const { here, beside, far } = around(term, position, refersBack);
      score += term.rankWeight * Math.max(here, NEIGHBOUR * beside, FAR_BACK * far);
      covered += term.coverageWeight * Math.max(proof(here), NEIGHBOUR * proof(beside), FAR_BACK * proof(far));
      if (term.isFocus && Math.max(here, beside) < NAMED) trust = doubt * OFF_FOCUS_DOUBT;
    }
    const bonus = hasSignOf(kind, text) ? KIND_BONUS : 1;
    const length = 1 - LENGTH_SHARE + LENGTH_SHARE * index.relativeLength(position);
    return { position, score: (score * bonus) / length, coverage: (covered / asked) * trust };
  });
  return ranked.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.position - b.position);
}

function search(index: SentenceIndex, question: string, terms: readonly WeightedTerm[]): SearchedTerm[] {
  const nouns = [...question.matchAll(FOCUS)].flatMap(([, noun]) => termsOf(noun ?? ''));
  const focus = new Set(nouns.map(({ root }) => root));
  return terms.map(({ term, weight, hint }) => {
    const hits = index.find(term);
    const common = isCommon(term);
    const base = weight * hits.rarity;
    return {
      ...hits,
      rankWeight: base * (common ? COMMON_RANK_WEIGHT : 1) * (focus.has(term.root) ? FOCUS_WEIGHT : 1),
      coverageWeight: hint ? 0 : base * (common ? COMMON_COVERAGE_WEIGHT : 1),
      isFocus: focus.has(term.root) && !common,
      isUnknown: weight === 1 && !common && hits.certainty.size === 0,
    };
  });
}

/** How surely the term is meant in a sentence, in the ones next to it, and in those that it may refer back to. */
function around(
  { certainty }: TermHits,
  position: number,
  refersBack: boolean,
): { here: number; beside: number; far: number } {
  const at = (place: number): number => certainty.get(place) ?? 0;
  let far = 0;
  if (refersBack) for (let back = 2; back <= FAR_SENTENCES; back++) far = Math.max(far, at(position - back));
  return { here: at(position), beside: Math.max(at(position - 1), at(position + 1)), far };
}

/** What a certainty counts as proof that the sentence speaks of the matter. */
const proof = (certainty: number): number => (certainty === SAME_MEANING ? MEANING_COVERAGE : certainty);
