import { describe, expect, it } from '@jest/globals';
import { MAX_SEGMENT_CHARS, segmentsOf, splitSentences, type TranscribedPiece } from './segments.ts';

const piece = (text: string, ...voiced: [number, number][]): TranscribedPiece => ({
  start: voiced[0]?.[0] ?? 0,
  end: voiced.at(-1)?.[1] ?? 0,
  voiced: voiced.map(([start, end]) => ({ start, end })),
  text,
});

describe('splitSentences', () => {
  it.each([
    ['One. Two? Three!', ['One.', 'Two?', 'Three!']],
    [
      'Dr. Lee paid 3.5 percent, e.g. for U.S. bonds. Then he left.',
      ['Dr. Lee paid 3.5 percent, e.g. for U.S. bonds.', 'Then he left.'],
    ],
    ['He said "stop." She did not.', ['He said "stop."', 'She did not.']],
    ['no punctuation at all', ['no punctuation at all']],
    ['  spaces \n and\nlines  ', ['spaces and lines']],
    ['It is 42.', ['It is 42.']],
    ['これは文です。次の文です。', ['これは文です。', '次の文です。']],
    ['... well. Yes.', ['... well.', 'Yes.']],
    ['', []],
    ['…', []],
  ])('splits %j', (text, sentences) => {
    expect(splitSentences(text)).toEqual(sentences);
  });

  it('splits a sentence without end at clauses, else at words, losing nothing', () => {
    const clauses = 'and then the river carries its load of sand, '.repeat(20).trim();
    for (const text of [clauses, 'word '.repeat(200).trim(), 'x'.repeat(1000)]) {
      const parts = splitSentences(text);
      for (const part of parts) expect(part.length).toBeLessThanOrEqual(MAX_SEGMENT_CHARS);
      expect(parts.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }
    for (const part of splitSentences(clauses)) expect(part).toMatch(/,$/);
  });
});

describe('segmentsOf', () => {
  it('gives one sentence the time of the speech', () => {
    expect(segmentsOf([piece('Water evaporates.', [10.25, 12.5])])).toEqual([
      { start: 10.25, end: 12.5, text: 'Water evaporates.' },
    ]);
  });

  it('times sentences by their length, at the pause between them', () => {
    const segments = segmentsOf([piece('A short one. A second one that is longer.', [0, 2], [3, 8])]);
    expect(segments).toEqual([
      { start: 0, end: 2, text: 'A short one.' },
      { start: 3, end: 8, text: 'A second one that is longer.' },
    ]);
  });

  it('prefers the longer of two pauses near a sentence end', () => {
    const [first, second] = segmentsOf([
      piece('It was said, so it was. But it is not.', [0, 1.2], [1.5, 2.6], [3.4, 5]),
    ]);
    expect(first?.end).toBe(2.6);
    expect(second?.start).toBe(3.4);
  });

  it('times sentences without a pause between them by their share', () => {
    const [first, second] = segmentsOf([piece('Half of this. Half of that.', [100, 104])]);
    expect(first?.end).toBeCloseTo(102, 0);
    expect(second).toMatchObject({ start: first?.end, end: 104 });
  });

  it('joins a sentence that runs over a cut, if the pause is short', () => {
    const pieces = [piece('The river carries', [0, 2]), piece('sand to the sea. It ends there.', [2.3, 4], [4.8, 6])];
    expect(segmentsOf(pieces)).toEqual([
      { start: 0, end: 4, text: 'The river carries sand to the sea.' },
      { start: 4.8, end: 6, text: 'It ends there.' },
    ]);
  });

  it.each([
    ['the pause is long', 'The river carries', 'sand.', 5],
    ['the first has ended', 'The river carries sand.', 'and more.', 2.3],
    ['the second begins anew', 'The river carries sand', 'Now look here.', 2.3],
  ])('does not join where %s', (_, first, second, start) => {
    expect(segmentsOf([piece(first, [0, 2]), piece(second, [start, start + 1])])).toHaveLength(2);
  });

  it('leaves out pieces in which no words were heard', () => {
    expect(segmentsOf([piece('', [0, 2]), piece(' . ', [3, 4]), piece('Yes.', [5, 6])])).toHaveLength(1);
  });

  it('gives segments in order, each with an end after its start, whatever the text', () => {
    const text = 'A. I see! So? Yes. No. ' + 'And on it goes, without any end, '.repeat(30);
    const segments = segmentsOf([piece(text, [0, 0.3], [0.5, 6], [9, 9.1]), piece(text, [9.2, 20])]);
    for (const [i, segment] of segments.entries()) {
      expect(segment.end).toBeGreaterThan(segment.start);
      expect(segment.start).toBeGreaterThanOrEqual(segments[i - 1]?.start ?? 0);
    }
  });
});
