/** Ranks sentences for a question in the light of the one before it: "And why is that?" */
import type { Exchange } from './context.ts';
import { isShown, kindOf, signOf } from './question-kind.ts';
import { rank, weightTerms, type RankedSentence } from './rank.ts';
import type { SentenceIndex } from './sentence-index.ts';
import { isCommon, wordsOf } from './terms.ts';

const LEANING =
  /\b(?:it|its|that|this|they|them|their|theirs|he|him|his|she|her|hers|those|these|there|one|ones|then|so)\b|^(?:and|but|or|what about|how about)\b/i;
const PREVIOUS_QUESTION = 0.4;
const PREVIOUS_ANSWER = 0.15;
/** What was just said is hardly the answer to the next question. */
const SAID_ALREADY = 0.4;
/** A follow-up is mostly about what comes close after (or before) what was said. */
const NEAR = 1.2;
const NEAR_SENTENCES = 3;
const NEAR_COVERAGE = 0.4;

/** Sentences for the question, best first; alone, a question such as "Why?" would match nothing. */
export function rankInConversation(
  index: SentenceIndex,
  question: string,
  previous: Exchange | undefined,
): RankedSentence[] {
  const own = weightTerms(question);
  const matter = own.filter(({ term }) => !isCommon(term));
  const alone = rank(index, question, own);
  const leans = matter.length === 0 || (matter.length <= 2 && LEANING.test(question));
  if (previous === undefined || !leans) return alone;

  const known = new Set(own.map(({ term }) => term.root));
  const asked = weightTerms(previous.question, PREVIOUS_QUESTION).filter(({ term }) => !known.has(term.root));
  for (const { term } of asked) known.add(term.root);
  const answered = weightTerms(previous.answer, PREVIOUS_ANSWER, true).filter(({ term }) => !known.has(term.root));

  const said = saidPositions(index, previous.answer);
  const kind = kindOf(question);
  const sign = signOf(question);
  const matched = new Set(alone.map(({ position }) => position));
  const fits = (position: number): boolean => {
    // "What about crabs?" has to find the crabs.
    if (own.length > 0) return matched.has(position);
    // With no word of its own to go by, only the kind of answer tells.
    return kind === 'other' || kind === 'definition' || sign.test(index.sentences[position]?.text ?? '');
  };
  return rank(index, question, [...own, ...asked, ...answered])
    .filter(({ position }) => fits(position))
    .map((ranked) => {
      const distance = Math.min(...said.map((position) => Math.abs(position - ranked.position)));
      if (distance === 0) {
        const isNew = own.length > 0 && ranked.shared > 0;
        return isNew ? ranked : { ...ranked, score: ranked.score * SAID_ALREADY };
      }
      if (distance > NEAR_SENTENCES) return ranked;
      const goesOn = own.length === 0 || ranked.shared > 0 || (ranked.fits && isShown(kind));
      const coverage = goesOn ? Math.max(ranked.coverage, NEAR_COVERAGE) : ranked.coverage;
      return { ...ranked, coverage, score: ranked.score * NEAR };
    })
    .sort((a, b) => b.score - a.score || a.position - b.position);
}

/** Which sentences the last answer was made of, by their words: markers are not kept in a conversation. */
function saidPositions(index: SentenceIndex, answer: string): number[] {
  const spoken = ` ${wordsOf(answer).join(' ')} `;
  return index.sentences.flatMap(({ text }, position) => {
    const words = wordsOf(text);
    const tail = words.slice(-8).join(' ');
    return words.length >= 3 && spoken.includes(` ${tail} `) ? [position] : [];
  });
}
