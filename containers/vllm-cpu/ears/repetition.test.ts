import { describe, expect, it } from '@jest/globals';
import { collapseRepetition } from './repetition.ts';

describe('collapseRepetition', () => {
  it('leaves a word that somebody says four times', () => {
    expect(collapseRepetition([5, 7, 7, 7, 7])).toBeUndefined();
  });

  it('leaves a phrase that somebody says twice', () => {
    expect(collapseRepetition([1, 2, 3, 4, 5, 1, 2, 3, 4, 5])).toBeUndefined();
  });

  it('keeps one of a word without end', () => {
    expect(collapseRepetition([5, ...Array<number>(7).fill(9)])).toEqual([5, 9]);
  });

  it('keeps one of a phrase without end', () => {
    expect(collapseRepetition([8, ...[1, 2, 3, 4], ...[1, 2, 3, 4], ...[1, 2, 3, 4], ...[1, 2, 3, 4]])).toEqual([
      8, 1, 2, 3, 4,
    ]);
  });
});
