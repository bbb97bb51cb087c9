import { describe, expect, it } from '@jest/globals';
import { EventSequence } from '../../../client/event-sequence.ts';
import {
  answeredAfterAll,
  askedAgain,
  fromStored,
  heardOfAgain,
  isInWork,
  merged,
  newTurn,
  withEvent,
  type Turn,
  type TurnEvent,
} from './turn.ts';

const queryId = '1f0c9f0e-7a55-4c39-8a3e-0f4f5a1c2b3d';
const citation = { start: 61.2, end: 66, text: 'The bees beat their wings.' };
const timings = { asrMs: 1, firstTokenMs: 2, firstAudioMs: 3, totalMs: 4 };
const audio = { type: 'audio', queryId, seq: 3, index: 0, mime: 'audio/mpeg', data: '', last: true } as const;
const done = (audioUrl: string | null): TurnEvent => ({
  ...{ type: 'done', queryId, seq: 6, question: 'Why?', answer: 'To dry it out.', turn: 1, citations: [citation] },
  ...{ audioKey: null, audioUrl, timings },
});
const told: TurnEvent[] = [
  { type: 'accepted', queryId, seq: 0 },
  { type: 'question', queryId, seq: 1, text: 'Why?' },
  { type: 'answer', queryId, seq: 2, delta: 'To dry ' },
  audio,
  { type: 'answer', queryId, seq: 4, delta: 'it out.' },
  { type: 'citation', queryId, seq: 5, ...citation },
];
const after = (events: readonly TurnEvent[], turn = newTurn(queryId, '')): Turn => events.reduce(withEvent, turn);

describe('a spoken question', () => {
  it('is sent, listened to, understood, and answered word by word', () => {
    const steps = told.map((_, i) => after(told.slice(0, i + 1)));
    expect(steps.map(({ phase }) => phase)).toEqual([
      ...['listening', 'thinking', 'answering', 'answering', 'answering', 'answering'],
    ]);
    expect(steps.map(({ answer }) => answer)).toEqual([
      '',
      '',
      'To dry ',
      'To dry ',
      'To dry it out.',
      'To dry it out.',
    ]);
    expect(steps.at(-1)).toMatchObject({ question: 'Why?', citations: [citation] });
  });

  it('grows in order, whatever overtakes what', () => {
    const sequence = new EventSequence<TurnEvent>();
    const shuffled = [told[2], told[1], told[0], told[4], told[5], told[3]].flatMap((event) => event ?? []);
    expect(after(shuffled.flatMap((event) => sequence.add(event)))).toEqual(after(told));
  });

  it('ends with the whole, and with a link to its speech where there is some', () => {
    expect(after([...told, done('https://example.com/a')])).toMatchObject({
      phase: 'done',
      answer: 'To dry it out.',
      citations: [citation],
      hasSpeech: true,
      audioUrl: 'https://example.com/a',
    });
    expect(after([done(null)])).toMatchObject({ hasSpeech: false, audioUrl: undefined });
  });
});

describe('a question that ends without an answer', () => {
  const error = (code: 'cancelled' | 'no_speech' | 'overloaded', retryable: boolean): TurnEvent => ({
    ...{ type: 'error', queryId, code, message: 'A sentence.', retryable },
  });

  it('says why, and whether asking again may help', () => {
    expect(after([error('no_speech', false)]).failure).toEqual({ message: 'A sentence.', mayAskAgain: false });
    expect(after([...told, error('overloaded', true)])).toMatchObject({
      phase: 'failed',
      answer: 'To dry it out.',
      failure: { mayAskAgain: true },
    });
  });

  it('was stopped where it was cancelled, and nothing moves it any more', () => {
    const stopped = after([...told, error('cancelled', false)]);
    expect(stopped.phase).toBe('stopped');
    expect(after([done(null)], stopped)).toEqual(stopped);
  });

  it('keeps its words when it is asked again, and nothing else', () => {
    expect(askedAgain(after(told))).toEqual(newTurn(queryId, 'Why?'));
    expect(isInWork(askedAgain(after(told)))).toBe(true);
  });
});

describe('a question that was given up too early', () => {
  const failed = (events: readonly TurnEvent[]): Turn => ({
    ...after(events),
    phase: 'failed',
    failure: { message: 'Silence.', mayAskAgain: true },
  });

  it('goes on from where it was', () => {
    for (const count of [1, 2, 3])
      expect(heardOfAgain(failed(told.slice(0, count)))).toEqual(after(told.slice(0, count)));
  });

  it('is left to what is stored of it, and to nothing else', () => {
    const stored = fromStored({ queryId, question: 'Why?', answer: 'So.', citations: [], audioKey: null, askedAt: '' });
    expect(answeredAfterAll([failed(told)], [stored])).toEqual([]);
    expect(answeredAfterAll([failed(told)], [])).toEqual([failed(told)]);
    // What was told live has the link to its speech.
    expect(answeredAfterAll([after(told)], [stored])).toEqual([after(told)]);
  });
});

describe('a conversation', () => {
  const stored = (id: string) =>
    fromStored({ queryId: id, question: 'Why?', answer: 'So.', citations: [], audioKey: 'k', askedAt: '' });
  const [first, second, third] = ['a', 'b', 'c'].map((letter) => queryId.replace(/^./, letter));

  it('is what is stored, and after it what only this tab knows', () => {
    const own = [newTurn(second ?? '', 'Live?'), newTurn(third ?? '', 'New?')];
    const all = merged([stored(first ?? ''), stored(second ?? '')], own);
    expect(all.map(({ question }) => question)).toEqual(['Why?', 'Live?', 'New?']);
    expect(all[0]).toMatchObject({ phase: 'done', hasSpeech: true });
  });
});
