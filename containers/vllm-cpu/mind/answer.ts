/** The extractive answerer: the sentences of a text that answer a question best, as a short reply. No language model. */
import { LRUCache } from 'lru-cache';
import type { ChatTurn } from '../engine.ts';
import { hasSegments, readContext, sentencesOf } from './context.ts';
import { rankInConversation } from './conversation.ts';
import { SentenceIndex } from './sentence-index.ts';
import { isAnswer } from './is-answer.ts';
import { phrase } from './phrase.ts';
import type { RankedSentence } from './rank.ts';

export const NOT_SAID = 'The lecture does not say.';
export const NOTHING_KNOWN = 'I have no text to answer from.';

const MAX_SENTENCES = 3;
/** The second and the third sentence must be nearly as good as the best. */
const RUNNER_UP = [0.75, 0.85];
/** A sentence that leans on the one before it. */
const LEANING = /^(?:and |but |so |then )?(?:he|she|it|its|they|their|this|that|these|those|such|both|there)\b/i;

/** The text is the same from question to question: so is its index. */
const indexes = new LRUCache<string, SentenceIndex>({ max: 8 });

/** Whether there are numbered segments to answer from. */
export function hasLecture(turns: readonly ChatTurn[]): boolean {
  return turns.some(({ role, text }) => role === 'system' && hasSegments(text));
}

/** One to three sentences of the text, each with its segments' markers `[n]`, or an honest word that it does not say. */
export function answer(turns: readonly ChatTurn[]): string {
  const { source, question, previous } = readContext(turns);
  const index = indexes.get(source) ?? new SentenceIndex(sentencesOf(source));
  indexes.set(source, index);
  if (index.sentences.length === 0) return NOTHING_KNOWN;
  const ranked = rankInConversation(index, question, previous);
  const chosen = choose(index, ranked);
  if (chosen.length === 0) return hasLecture(turns) ? NOT_SAID : 'The text does not say.';
  return chosen.map((position) => phrase(index.sentences[position])).join(' ');
}

/** Positions of the sentences to say, in order; none where nothing answers. */
export function choose(index: SentenceIndex, ranked: readonly RankedSentence[]): number[] {
  const [best, ...others] = ranked;
  if (best === undefined || !isAnswer(best)) return [];
  const chosen = [best.position];
  for (const [i, share] of RUNNER_UP.entries()) {
    const other = others[i];
    if (other === undefined || other.score < share * best.score) break;
    chosen.push(other.position);
  }
  const before = best.position - 1;
  const after = best.position + 1;
  const leans = (position: number): boolean => LEANING.test(index.sentences[position]?.text ?? '');
  const needsBefore = before >= 0 && leans(best.position);
  if (needsBefore) add(chosen, before);
  if (leans(after)) add(chosen, after);
  // Neighbours in the order of the text, the rest after the best.
  const together = chosen.every((position) => Math.abs(position - best.position) < MAX_SENTENCES);
  if (together) return chosen.sort((a, b) => a - b);
  return needsBefore && chosen.includes(before)
    ? [before, ...chosen.filter((position) => position !== before)]
    : chosen;
}

function add(chosen: number[], position: number): void {
  if (chosen.length < MAX_SENTENCES && !chosen.includes(position)) chosen.push(position);
}
