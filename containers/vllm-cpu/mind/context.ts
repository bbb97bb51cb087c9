/** What a chat holds to answer from: a text with or without numbered segments, the question, what was said before. */
import type { ChatTurn } from '../engine.ts';
import { joinSegments, splitSentences, type Sentence } from './sentences.ts';

export interface Exchange {
  question: string;
  answer: string;
}

export interface Context {
  /** The text to answer from; the same string gives the same sentences. Empty where the chat holds none. */
  source: string;
  question: string;
  /** The question before this one and its answer, if there are any. */
  previous: Exchange | undefined;
}

/** A line of the prompt that is a segment of the lecture. */
const SEGMENT = /^\[(\d+)\] (.+)$/gm;

export function hasSegments(text: string): boolean {
  return text.search(SEGMENT) >= 0;
}

/**
 * The text is the system message if that has numbered segments. Otherwise it is what the user said before the question,
 * the question's own opening paragraphs, and the system message where the user has given nothing.
 */
export function readContext(turns: readonly ChatTurn[]): Context {
  const asked = turns.findLastIndex(({ role }) => role === 'user');
  const last = turns[asked]?.text.trim() ?? '';
  const earlier = turns.slice(0, Math.max(0, asked));
  const previous = lastExchange(earlier);
  const textOf = (role: ChatTurn['role']): string[] =>
    earlier.filter((turn) => turn.role === role).map(({ text }) => text);

  const system = textOf('system').join('\n');
  if (hasSegments(system)) return { source: system, question: last, previous };
  const paragraphs = last.split(/\n{2,}/);
  const question = paragraphs.pop() ?? '';
  const given = [...textOf('user'), ...paragraphs].join('\n').trim();
  return { source: given === '' ? system : given, question, previous };
}

export function sentencesOf(source: string): Sentence[] {
  const segments = [...source.matchAll(SEGMENT)].map(([, index, text]) => ({ index: Number(index), text: text ?? '' }));
  if (segments.length > 0) return joinSegments(segments);
  return splitSentences(source).map((text) => ({ text, segments: [] }));
}

function lastExchange(turns: readonly ChatTurn[]): Exchange | undefined {
  const answered = turns.findLastIndex(({ role }) => role === 'assistant');
  const question = turns.slice(0, Math.max(0, answered)).findLast(({ role }) => role === 'user');
  const answer = turns[answered];
  return question && answer ? { question: question.text, answer: answer.text } : undefined;
}
