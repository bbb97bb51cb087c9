/** Which sentences answer a question, and how well the best one does. Constants are tuned on texts of our own. */
import { asksForUnit, kindOf, signOf, type QuestionKind } from './question-kind.ts';
import { NEAR_SOUND, SAME_MEANING, type SentenceIndex, type TermHits } from './sentence-index.ts';
import { isCommon, isSpeaking, termsOf, wordsOf, type Term } from './terms.ts';

export interface RankedSentence {
  /** Position in the text. */
  position: number;
  score: number;
  /** The share of what the question asks that the sentence and its neighbours speak of, from 0 to 1. */
  coverage: number;
  /**
   * How many of the question's own words they hold: one that the text has once counts 1, one that it has often little.
   * Unlike coverage it does not fall with what the question says besides.
   */
  evidence: number;
  /** How many of those words are in the sentence itself. */
  shared: number;
  /** The kind of answer that is asked for, and whether the sentence has a sign of it. */
  kind: QuestionKind;
  fits: boolean;
}

export interface WeightedTerm {
  term: Term;
  weight: number;
  /** Helps to find the place, but the question does not ask for it. */
  hint: boolean;
  /** Written as a name: a recognizer may have made anything of it. */
  isName: boolean;
}

/** What a word found in the sentence before or after is worth: lecturers name a thing once, then say "it". */
const NEIGHBOUR = 0.5;
/** The same further back, for a sentence that says "he" or "it" of what was named then. */
const FAR_BACK = 0.35;
const FAR_SENTENCES = 4;
const PRONOUN = /\b(?:he|she|his|her|him|it|its|they|their|them|this|these)\b/i;

/** For a sentence with a sign of the kind of answer that is asked for. */
const KIND_BONUS = 1.25;
/** For one without the unit of what is asked for. */
const NO_UNIT_DOUBT = 0.5;
/** How much a sentence's length counts against it. */
const LENGTH_SHARE = 0.2;

/** For the noun in "which prize" and "how many eggs": the answer is one of those. */
const FOCUS_WEIGHT = 1.4;
const COUNTED = /\bhow (?:many|much) (\p{L}+)/giu;
const FOCUS = /\b(?:what kind of|which kind of|what type of|which|what) (\p{L}+)/giu;
/** For a place that does not name what was asked for, nor anything that sounds like it. */
const OFF_FOCUS_DOUBT = 0.8;
const NAMED = 0.6;
/** What an answer is one of, the answer itself need not say: "which fungus" is answered by "rust". */
const UNSAID_FOCUS_WEIGHT = 0.3;

/** Words such as "begin" or "problem" help to find the place but prove little about the matter; so do synonyms. */
const COMMON_RANK_WEIGHT = 0.8;
const COMMON_COVERAGE_WEIGHT = 0.4;
const MEANING_COVERAGE = 0.4;
/** For every word of the question that is nowhere in the text. */
const UNKNOWN_DOUBT = 0.75;
const MAX_UNKNOWN = 2;
/** No spoken question has more. */
const MAX_TERMS = 60;
/** Words that ask, and are not what is asked about. */
const ASKING = /\bgood for(?=\W*$)/i;
/** A capital that does not begin the question. */
const NAME = /(?<=[\p{L}\p{N}'’,;] )\p{Lu}\p{L}+/gu;

/** A text's words for asking with; a word said twice counts once. */
export function weightTerms(text: string, weight = 1, hint = false): WeightedTerm[] {
  const names = new Set([...text.matchAll(NAME)].flatMap(([name]) => wordsOf(name)));
  const byRoot = new Map(
    termsOf(text.replace(ASKING, ' '))
      .filter((term) => !isSpeaking(term))
      .map((term) => [term.root, { term, weight, hint, isName: names.has(term.word) }]),
  );
  return [...byRoot.values()].slice(0, MAX_TERMS);
}

interface SearchedTerm extends TermHits {
  rankWeight: number;
  coverageWeight: number;
  /** A noun that the answer must be one of. */
  isFocus: boolean;
  isUnknown: boolean;
  /** Asked for by the question itself, and not a common word. */
  isMatter: boolean;
}

/** All sentences that have to do with the question, best first. */
export function rank(index: SentenceIndex, question: string, terms: readonly WeightedTerm[]): RankedSentence[] {
  const kind = kindOf(question);
  const sign = signOf(question);
  const unitDoubt = asksForUnit(question) ? NO_UNIT_DOUBT : 1;
  const searched = search(index, question, terms);
  const asked = searched.reduce((sum, { coverageWeight }) => sum + coverageWeight, 0);
  if (asked === 0) return [];
  const unknown = searched.filter(({ isUnknown }) => isUnknown).length;
  const doubt = UNKNOWN_DOUBT ** Math.min(MAX_UNKNOWN, unknown);

  const ranked = index.sentences.map(({ text }, position): RankedSentence => {
    const refersBack = PRONOUN.test(text);
    const fits = sign.test(text);
    let score = 0;
    let covered = 0;
    let evidence = 0;
    let shared = 0;
    let trust = doubt;
    for (const term of searched) {
      const { here, beside, far } = around(term, position, refersBack);
      const likely = Math.max(here, NEIGHBOUR * beside, FAR_BACK * far);
      score += term.rankWeight * likely;
      const proven = Math.max(proof(here), NEIGHBOUR * proof(beside), FAR_BACK * proof(far));
      covered += term.coverageWeight * proven;
      if (term.isMatter) {
        // What only sounds nearly alike proves nothing by itself, and speaks for the place where more does.
        evidence += (proven || likely) * (term.rarity / index.maxRarity);
        if (here > 0) shared++;
      }
      if (term.isFocus && Math.max(here, beside) < NAMED) trust = doubt * OFF_FOCUS_DOUBT;
    }
    const bonus = fits ? KIND_BONUS : 1;
    const length = 1 - LENGTH_SHARE + LENGTH_SHARE * index.relativeLength(position);
    const coverage = (covered / asked) * trust * (fits ? 1 : unitDoubt);
    return { position, score: (score * bonus) / length, coverage, evidence, shared, kind, fits };
  });
  return ranked.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.position - b.position);
}

function search(index: SentenceIndex, question: string, terms: readonly WeightedTerm[]): SearchedTerm[] {
  const rootsAfter = (asking: RegExp): Set<string> =>
    new Set([...question.matchAll(asking)].flatMap(([, noun]) => termsOf(noun ?? '').map(({ root }) => root)));
  const [sought, counted] = [rootsAfter(FOCUS), rootsAfter(COUNTED)];
  return terms.map(({ term, weight, hint, isName }) => {
    const hits = index.find(term, isName);
    const common = isCommon(term);
    const base = weight * hits.rarity;
    const isSought = sought.has(term.root);
    const isFocus = isSought || counted.has(term.root);
    const isUnknown = weight === 1 && !common && Math.max(0, ...hits.certainty.values()) <= NEAR_SOUND;
    return {
      ...hits,
      rankWeight: base * (common ? COMMON_RANK_WEIGHT : 1) * (isFocus ? FOCUS_WEIGHT : 1),
      coverageWeight: hint
        ? 0
        : base * (common ? COMMON_COVERAGE_WEIGHT : 1) * (isUnknown && isSought ? UNSAID_FOCUS_WEIGHT : 1),
      isFocus: isFocus && !common,
      isUnknown: isUnknown && !isSought,
      isMatter: weight === 1 && !common && !hint,
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
function proof(certainty: number): number {
  if (certainty === SAME_MEANING) return MEANING_COVERAGE;
  return certainty <= NEAR_SOUND ? 0 : certainty;
}
