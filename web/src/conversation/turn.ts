/** A question and its answer as the page shows them, moved on by the server's events. */
import type { Turn as StoredTurn } from '../../../protocol/items.ts';
import type { Citation, ServerMessage } from '../../../protocol/messages.ts';

/**
 * `sending`: not taken yet · `listening`: taken, a spoken question being recognized · `thinking`: understood ·
 * `answering` · `done` · `stopped`: by the student · `waiting`: for the connection · `repeating`: sent again, since
 * nothing was heard of it · `failed`
 */
export type TurnPhase =
  'sending' | 'listening' | 'thinking' | 'answering' | 'done' | 'stopped' | 'waiting' | 'repeating' | 'failed';

export interface Turn {
  queryId: string;
  phase: TurnPhase;
  /** As it was typed or understood; empty while a spoken one has not been recognized. */
  question: string;
  answer: string;
  citations: readonly Citation[];
  /** Of a stored or finished answer: whether there is speech to be heard again. */
  hasSpeech: boolean;
  /** Works for an hour. */
  audioUrl: string | undefined;
  failure: { message: string; mayAskAgain: boolean } | undefined;
}

type QueryMessage = Extract<ServerMessage, { queryId?: string | undefined; seq?: number | undefined }>;
export type TurnEvent = Extract<
  QueryMessage,
  { type: 'accepted' | 'question' | 'answer' | 'audio' | 'citation' | 'done' | 'error' }
>;

export const newTurn = (queryId: string, question: string): Turn => ({
  queryId,
  phase: 'sending',
  question,
  answer: '',
  citations: [],
  hasSpeech: false,
  audioUrl: undefined,
  failure: undefined,
});

export const fromStored = ({ queryId, question, answer, citations, audioKey }: StoredTurn): Turn => ({
  ...newTurn(queryId, question),
  phase: 'done',
  answer,
  citations,
  hasSpeech: audioKey !== null,
});

/** Whether the server is at work on it, or is to be. */
export const isInWork = ({ phase }: Turn): boolean =>
  ['sending', 'listening', 'thinking', 'answering', 'waiting', 'repeating'].includes(phase);

/** The turn after an event; events come in order of `seq`. One that has ended stays as it is. */
export function withEvent(turn: Turn, event: TurnEvent): Turn {
  if (!isInWork(turn)) return turn;
  switch (event.type) {
    case 'accepted':
      return { ...turn, phase: turn.question === '' ? 'listening' : 'thinking' };
    case 'question':
      return { ...turn, phase: 'thinking', question: event.text };
    case 'answer':
      return { ...turn, phase: 'answering', answer: turn.answer + event.delta };
    case 'audio':
      return turn;
    case 'citation': {
      const { start, end, text, lectureId, title } = event;
      return { ...turn, citations: [...turn.citations, { start, end, text, lectureId, title }] };
    }
    case 'done': {
      const { question, answer, citations, audioUrl } = event;
      const hasSpeech = audioUrl !== null;
      return { ...turn, phase: 'done', question, answer, citations, hasSpeech, audioUrl: audioUrl ?? undefined };
    }
    case 'error':
      if (event.code === 'cancelled') return { ...turn, phase: 'stopped' };
      return { ...turn, phase: 'failed', failure: { message: event.message, mayAskAgain: event.retryable } };
  }
}

/** As it was before anything came: the same question is asked again, and told from the start. */
export const askedAgain = (turn: Turn): Turn => ({
  ...newTurn(turn.queryId, turn.question),
  phase: 'sending',
});

/** One that was given up too early: what comes of it now goes on from what had come before. */
export function heardOfAgain(turn: Turn): Turn {
  if (turn.phase !== 'failed') return turn;
  const phase = turn.answer !== '' ? 'answering' : turn.question === '' ? 'listening' : 'thinking';
  return { ...turn, phase, failure: undefined };
}

/** What this tab has asked, without what failed here and is stored, answered: its events came late, or not at all. */
export function answeredAfterAll(own: readonly Turn[], stored: readonly Turn[]): Turn[] {
  const answered = new Set(stored.map(({ queryId }) => queryId));
  return own.filter(({ queryId, phase }) => phase !== 'failed' || !answered.has(queryId));
}

/** What is stored, and after it what this tab has asked and the store does not have. */
export function merged(stored: readonly Turn[], own: readonly Turn[]): Turn[] {
  const ownById = new Map(own.map((turn) => [turn.queryId, turn]));
  const known = new Set(stored.map(({ queryId }) => queryId));
  // What is told live is richer than what is stored: it has the link to its speech.
  const kept = stored.map((turn) => ownById.get(turn.queryId) ?? turn);
  return [...kept, ...own.filter(({ queryId }) => !known.has(queryId))];
}
