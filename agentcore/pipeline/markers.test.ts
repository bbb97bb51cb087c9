import { describe, expect, it } from '@jest/globals';
import { MarkerFilter } from './markers.ts';

function filter(parts: string[]): { text: string; markers: number[] } {
  const markerFilter = new MarkerFilter();
  const all = [...parts.map((part) => markerFilter.push(part)), markerFilter.flush()];
  return { text: all.map(({ text }) => text).join(''), markers: all.flatMap(({ markers }) => markers) };
}

describe('MarkerFilter', () => {
  it.each([
    ['The moon pulls. [3] The sun too. [4]', 'The moon pulls. The sun too.', [3, 4]],
    ['The moon pulls [3].', 'The moon pulls.', [3]],
    ['Both [3, 4] and [5][6], also [7-9].', 'Both and, also.', [3, 4, 5, 6, 7, 8, 9]],
    ['An array [a] and a note [see above] stay.', 'An array [a] and a note [see above] stay.', []],
    ['It never ends [12', 'It never ends [12', []],
    ['Zero [0] and nothing [] are no segments.', 'Zero and nothing are no segments.', []],
    ['A lie [1-99999999]', 'A lie', [1]],
    ['No markers at all.', 'No markers at all.', []],
  ])('%s', (answer, text, markers) => {
    expect(filter([answer])).toEqual({ text, markers });
    expect(filter(answer.split(''))).toEqual({ text, markers });
    expect(filter(answer.match(/.{1,3}/g) ?? [])).toEqual({ text, markers });
  });

  it('holds back nothing but what may become a marker', () => {
    const markerFilter = new MarkerFilter();
    expect(markerFilter.push('The moon pulls.').text).toBe('The moon pulls.');
    expect(markerFilter.push(' [1').text).toBe('');
    expect(markerFilter.push('] And')).toEqual({ text: ' And', markers: [1] });
    expect(markerFilter.push(` [${' '.repeat(60)}`).text).toContain('[');
  });
});
