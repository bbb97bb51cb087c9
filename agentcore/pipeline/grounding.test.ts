import { describe, expect, it } from '@jest/globals';
import { citationFor, groundAnswer } from './grounding.ts';
import { LectureIndex } from './lecture-index.ts';

const segments = [
  'Tides are the slow rise and fall of the sea.',
  'The moon pulls on the water that is nearest to it.',
  'In the Bay of Fundy the range is sixteen metres.',
  'Fishermen have known this for a thousand years.',
].map((text, i) => ({ start: i * 6, end: i * 6 + 5, text }));
const index = new LectureIndex(segments);

describe('groundAnswer', () => {
  it('finds the segment that each sentence of an answer rests on', () => {
    const answer = 'The water nearest the moon is pulled by it. The range in the Bay of Fundy is sixteen metres.';
    expect(groundAnswer(answer, segments, index)).toEqual([2, 3]);
  });

  it.each(['The lecture does not say.', 'Volcanoes erupt because magma rises.', ''])(
    'cites nothing for: %s',
    (answer) => {
      expect(groundAnswer(answer, segments, index)).toEqual([]);
    },
  );
});

describe('citationFor', () => {
  it('gives the place and the words', () => {
    expect(citationFor(segments, 3)).toEqual({
      start: 12,
      end: 17,
      text: 'In the Bay of Fundy the range is sixteen metres.',
    });
  });

  it.each([0, -1, 5, 1.5, NaN])('gives nothing for segment %p, which does not exist', (number) => {
    expect(citationFor(segments, number)).toBeUndefined();
  });
});
