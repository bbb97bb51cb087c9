import { describe, expect, it } from '@jest/globals';
import { phrase } from './phrase.ts';
import { joinSegments, splitSentences } from './sentences.ts';

describe('splitSentences', () => {
  it('does not take abbreviations, initials and decimals for ends', () => {
    expect(splitSentences('Dr. J. Smith measured 3.5 volts. Then he left! Why?')).toEqual([
      'Dr. J. Smith measured 3.5 volts.',
      'Then he left!',
      'Why?',
    ]);
  });
});

describe('joinSegments', () => {
  it('gives each sentence the segments it stands in', () => {
    const sentences = joinSegments([
      { index: 4, text: 'One. Two begins' },
      { index: 5, text: 'and goes on' },
      { index: 9, text: 'and ends. Three.' },
    ]);
    expect(sentences).toEqual([
      { text: 'One.', segments: [4] },
      { text: 'Two begins and goes on and ends.', segments: [4, 5, 9] },
      { text: 'Three.', segments: [9] },
    ]);
  });

  it('cuts at segments where a recognizer set no full stops', () => {
    const segments = Array.from({ length: 20 }, (_, index) => ({ index, text: 'word '.repeat(15).trim() }));
    const sentences = joinSegments(segments);
    expect(sentences).toHaveLength(5);
    expect(sentences.flatMap((sentence) => sentence.segments)).toEqual(segments.map(({ index }) => index));
  });
});

describe('phrase', () => {
  it.each([
    ['So, well, the sea rises twice a day', 'The sea rises twice a day. [7]'],
    ['So far nobody knows.', 'So far nobody knows. [7]'],
    ['and a Bible kept one man busy,', 'A Bible kept one man busy. [7]'],
    ['Now we know.', 'Now we know. [7]'],
  ])('makes "%s" a sentence of a reply', (text, expected) => {
    expect(phrase({ text, segments: [7] })).toBe(expected);
  });
});
