/** A typed question, as long as it may be, and as much of one as is read out. */
import { MAX_QUESTION_CHARS } from '../../../protocol/messages.ts';

/** Some ten seconds of speech. */
const MAX_READ_CHARS = 150;

export const CUT_HINT = `A question may have ${MAX_QUESTION_CHARS.toLocaleString('en')} characters. What came after them was left out.`;

/** The field cuts by itself only without a word: see `maxlength`. */
export function cutQuestion(typed: string): { text: string; isCut: boolean } {
  return { text: within(typed, MAX_QUESTION_CHARS), isCut: typed.length > MAX_QUESTION_CHARS };
}

/** Enough to know it by; at a word's end where there is one. */
export function shortened(question: string): string {
  if (question.length <= MAX_READ_CHARS) return question;
  const head = within(question, MAX_READ_CHARS + 1);
  const wordEnd = head.lastIndexOf(' ');
  return `${(wordEnd > 0 ? head.slice(0, wordEnd) : within(head, MAX_READ_CHARS)).trimEnd()}…`;
}

/** Without the half of a character at its end. */
const within = (text: string, chars: number): string => text.slice(0, chars).replace(/[\uD800-\uDBFF]$/, '');
