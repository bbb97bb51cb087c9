import { describe, expect, it } from '@jest/globals';
import type { TranscribedPiece } from './segments.ts';
import { holdsSpeech } from './speech-evidence.ts';

/** One piece after the other, of so many seconds of sound each. */
const pieces = (seconds: number, ...texts: string[]): TranscribedPiece[] =>
  texts.map((text, i) => {
    const span = { start: i * 30, end: i * 30 + seconds };
    return { ...span, voiced: [span], text };
  });
const times = (count: number, text: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => text(i));
const SENTENCE = 'The moon pulls on the water that is nearest to it, and so there are tides.';

describe('holdsSpeech', () => {
  it.each([
    ['a sentence', pieces(6, SENTENCE)],
    ['one short word', pieces(0.3, 'Yes.')],
    ['one slow word', pieces(2, 'Wait.')],
    ['a sentence of Chinese', pieces(4, '月亮吸引海水，所以有潮汐。')],
    ['a sentence amid a minute of music', pieces(12, '', '', SENTENCE, '', '')],
    [
      'five minutes of speech in four hours of a workshop',
      pieces(18, ...times(600, (i) => (i < 15 ? `${i} ${SENTENCE}` : ''))),
    ],
    ['a lecturer who says everything twice', pieces(5, SENTENCE, SENTENCE)],
    ['a song of few words', pieces(20, 'Row, row, row your boat, gently down the stream.')],
  ])('believes %s', (_, heard) => {
    expect(holdsSpeech(heard)).toBe(true);
  });

  it.each([
    ['nothing', []],
    ['no words', pieces(20, '', ' . ', '…')],
    ['a word or two for so much sound', pieces(20, 'Thank you.', 'Okay.', 'So, um.', 'Music.')],
    ['one phrase over and over', pieces(4, ...times(40, () => 'Thanks for watching!'))],
    ['a short phrase now and then', pieces(6, ...times(60, (i) => (i % 20 === 0 ? 'Thank you so much.' : '')))],
  ])('does not believe %s', (_, heard) => {
    expect(holdsSpeech(heard)).toBe(false);
  });
});
