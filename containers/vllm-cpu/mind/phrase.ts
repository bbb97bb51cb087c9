/** A lecture's sentence as part of a reply. */
import type { Sentence } from './sentences.ts';

const OPENING = /^(?:(?:(?:okay|ok|well|now|right|alright|anyway),|(?:okay|so|and|but)\b,?)\s+)+/i;
/** "So that", "so far", "and yet" are no fillers. */
const BOUND = /^(?:that|far|much|many|long|as|yet)\b/i;

/** Without the words that only hold a speech together, with a capital, a full stop and its segments' markers. */
export function phrase(sentence: Sentence | undefined): string {
  if (sentence === undefined) return '';
  const { text, segments } = sentence;
  const opening = OPENING.exec(text)?.[0] ?? '';
  const rest = text.slice(opening.length);
  const bare = BOUND.test(rest) ? text : rest;
  const capital = bare.charAt(0).toUpperCase() + bare.slice(1);
  const ended = /[.!?]["”’)\]]*$/.test(capital) ? capital : `${capital.replace(/[,;:\s-]+$/, '')}.`;
  const markers = segments.map((index) => `[${index}]`).join('');
  return markers === '' ? ended : `${ended} ${markers}`;
}
