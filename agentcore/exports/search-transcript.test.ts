import { describe, expect, it } from '@jest/globals';
import { LectureIndex } from '../pipeline/lecture-index.ts';
import { searchTranscript } from './search-transcript.ts';

function lectureOf(texts: string[]) {
  const segments = texts.map((text, i) => ({ start: i * 10, end: i * 10 + 9, text }));
  return { segments, index: new LectureIndex(segments) };
}

const tides = lectureOf([
  'Tides are the slow rise and fall of the sea.',
  'The moon pulls on the water that is nearest to it.',
  'In the Bay of',
  'Fundy the range of a tide is sixteen metres.',
  'That is what it is.',
]);
const startsOf = (query: string, lecture = tides, limit = 50): number[] =>
  searchTranscript(lecture, query, limit).map(({ start }) => start);

describe('a search in a transcript', () => {
  it('finds words in all their forms, the best first, with their times', () => {
    expect(searchTranscript(tides, 'the tide’s range', 50)).toEqual([
      { start: 30, end: 39, text: 'Fundy the range of a tide is sixteen metres.', score: expect.any(Number) },
      { start: 0, end: 9, text: 'Tides are the slow rise and fall of the sea.', score: expect.any(Number) },
    ]);
    const [first, second] = searchTranscript(tides, 'tide range', 50);
    expect(first?.score).toBeGreaterThan(second?.score ?? Infinity);
  });

  it('finds a phrase as it stands, over the borders of segments too, and nothing else', () => {
    expect(searchTranscript(tides, '"bay of  fundy"', 50)).toEqual([
      {
        start: 20,
        end: 39,
        text: 'In the Bay of Fundy the range of a tide is sixteen metres.',
        score: expect.any(Number),
      },
    ]);
    expect(startsOf('"fall of the moon"')).toEqual([]);
    expect(startsOf('“slow rise” moon')).toEqual([0]);
  });

  it('finds no phrase that begins in one lecture and ends in another', () => {
    const lectures = ['Sea', 'Moon'].map((title) => ({ lectureId: title.toLowerCase(), title }));
    const { index, segments } = lectureOf(['the slow rise', 'of the moon']);
    const together = {
      index,
      segments: segments.map((segment, i) => ({ ...segment, lecture: lectures[i] ?? { lectureId: '', title: '' } })),
    };
    expect(searchTranscript(together, '"rise of the"', 50)).toEqual([]);
    expect(searchTranscript(together, '"of the"', 50)).toMatchObject([lectures[1] ?? {}]);
  });

  it('wants every phrase at one place', () => {
    expect(startsOf('"range of" "sixteen metres"')).toEqual([30]);
    expect(startsOf('"range of" "the moon"')).toEqual([]);
  });

  it('takes a quote that does not end, and quotes of nothing', () => {
    expect(startsOf('"sixteen met')).toEqual([30]);
    expect(startsOf('"" moon')).toEqual([10]);
    expect(startsOf('""')).toEqual([]);
  });

  it('looks for words that the index does not know as they stand', () => {
    expect(startsOf('that is')).toEqual([10, 40]);
    expect(startsOf('海洋', lectureOf(['潮汐是海洋的運動。', '月亮。']))).toEqual([0]);
  });

  it('finds nothing where nothing is', () => {
    expect(startsOf('volcano')).toEqual([]);
    expect(startsOf('volcano', lectureOf([]))).toEqual([]);
    expect(startsOf('"volcano"', lectureOf([]))).toEqual([]);
  });

  it('gives as many as are wanted, of equal ones the earlier', () => {
    const waves = lectureOf(Array.from({ length: 90 }, () => 'A wave breaks.'));
    expect(startsOf('wave', waves, 3)).toEqual([0, 10, 20]);
    expect(startsOf('"wave"', waves, 50)).toHaveLength(50);
  });

  it('tells of every place of a phrase once', () => {
    expect(startsOf('"o"', lectureOf(['o o o', 'no', 'e', 'oo']))).toEqual([0, 10, 30]);
  });

  it('cuts what is very long', () => {
    const [hit] = searchTranscript(lectureOf([`wave ${'🌊'.repeat(2_000)}`]), 'wave', 1);
    expect(hit?.text.length).toBeLessThanOrEqual(1_001);
    expect(hit?.text).toMatch(/🌊…$/u);
  });
});
