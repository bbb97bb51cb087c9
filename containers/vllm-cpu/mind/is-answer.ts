/** Whether the sentence that matches a question best answers it, or the text does not say. Tuned as the ranking is. */
import type { RankedSentence } from './rank.ts';
import { isShown } from './question-kind.ts';

/** From this share of the question that is spoken of, it is an answer. */
const MIN_COVERAGE = 0.35;
/** Below it, it is one where so much of the question, in so many of its words, is in one place that no chance puts it there. */
const MIN_EVIDENCE = 1.42;
const MIN_SHARED = 2;
/** Less is enough where the sentence gives what is asked for: a date, a number. */
const MIN_EVIDENCE_IN_KIND = 1.05;

export function isAnswer({ coverage, evidence, shared, kind, fits }: RankedSentence): boolean {
  if (coverage >= MIN_COVERAGE) return true;
  if (evidence >= MIN_EVIDENCE && shared >= MIN_SHARED) return fits || !(isShown(kind) || kind === 'person');
  return evidence >= MIN_EVIDENCE_IN_KIND && shared > 0 && fits && isShown(kind);
}
