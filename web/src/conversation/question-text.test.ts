import { describe, expect, it } from '@jest/globals';
import { MAX_QUESTION_CHARS } from '../../../protocol/messages.ts';
import { cutQuestion, shortened } from './question-text.ts';

describe('what is typed', () => {
  it('is taken as it is up to the most that a question may have', () => {
    const most = 'a'.repeat(MAX_QUESTION_CHARS);
    expect(cutQuestion(most)).toEqual({ text: most, isCut: false });
    expect(cutQuestion(`${most}b`)).toEqual({ text: most, isCut: true });
  });

  it('is not cut within a character', () => {
    const text = 'a'.repeat(MAX_QUESTION_CHARS - 1);
    expect(cutQuestion(`${text}🐝`)).toEqual({ text, isCut: true });
  });
});

describe('a question that is read out', () => {
  it('is whole where it is short, else its first words', () => {
    expect(shortened('Why do bees dance?')).toBe('Why do bees dance?');
    const long = shortened('Why do bees dance? '.repeat(100));
    expect(long).toMatch(/^Why do bees dance\? .* (?:Why|do|bees|dance\?)…$/);
    expect(long.length).toBeLessThanOrEqual(151);
    expect(shortened('a'.repeat(2000))).toBe(`${'a'.repeat(150)}…`);
  });
});
