import { describe, expect, it } from '@jest/globals';
import { MAX_PIECE_CHARS, PieceCutter } from './pieces.ts';

/** Feeds the text in parts and notes after which part each piece came. */
function cut(parts: string[]): { piece: string; after: number }[] {
  const cutter = new PieceCutter();
  const pieces = parts.flatMap((part, after) => cutter.push(part).map((piece) => ({ piece, after })));
  return [...pieces, ...cutter.flush().map((piece) => ({ piece, after: Infinity }))];
}

const pieces = (parts: string[]): string[] => cut(parts).map(({ piece }) => piece);
const byCharacter = (text: string): string[] => pieces(Array.from(text));

describe('PieceCutter', () => {
  it('sends the first piece at the first clause that leaves a few words', () => {
    expect(cut(['Twice a day,', ' the sea rises', ', and falls.'])).toEqual([
      { piece: 'Twice a day,', after: 0 },
      { piece: 'the sea rises, and falls.', after: 2 },
    ]);
  });

  it('does not send a first piece of one or two words at a comma', () => {
    expect(pieces(['Yes, of course, it does.'])).toEqual(['Yes, of course,', 'it does.']);
  });

  it('cuts later pieces at sentences and not at clauses', () => {
    expect(byCharacter('It is the moon. The sun, too, pulls; but less. That is all.')).toEqual([
      'It is the moon.',
      'The sun, too, pulls; but less.',
      'That is all.',
    ]);
  });

  it('sends a sentence the moment its full stop arrives', () => {
    expect(cut(['The moon pulls', '.'])).toEqual([{ piece: 'The moon pulls.', after: 1 }]);
  });

  it.each([
    ['Dr. Hale and Mr. Lee met J. R. Stone, e.g. in the U.S. navy. Then they left.', 3],
    ['It rose 3.5 metres at 10:30 and cost 1,000 pounds. Then it fell.', 2],
  ])('does not cut inside abbreviations, initials and numbers: %s', (text) => {
    const all = byCharacter(text);
    expect(all.at(-1)).toMatch(/^Then /);
    expect(all.join(' ')).toBe(text);
    for (const piece of all.slice(0, -1)) expect(piece).toMatch(/(?:navy\.|pounds\.|Stone,)$/);
  });

  it('waits after a digit, since a decimal may follow', () => {
    expect(cut(['There are three kinds in chapter 3', '.', ' The rest follows', '.'])).toEqual([
      { piece: 'There are three kinds in chapter 3.', after: 2 },
      { piece: 'The rest follows.', after: 3 },
    ]);
  });

  it('keeps closing quotes with their sentence', () => {
    expect(pieces(['He said “it is so.” Then he left.'])).toEqual(['He said “it is so.”', 'Then he left.']);
  });

  it('never makes a piece longer than one request to gTTS takes', () => {
    const words = Array.from({ length: 80 }, (_, i) => `word${i}`).join(' ');
    const all = byCharacter(`${words}. And ${'x'.repeat(350)} end.`);
    for (const piece of all) expect(piece.length).toBeLessThanOrEqual(MAX_PIECE_CHARS);
    expect(all.join('').replaceAll(' ', '')).toBe(`${words}. And ${'x'.repeat(350)} end.`.replaceAll(' ', ''));
  });

  it('does not break a character in two', () => {
    const all = byCharacter('🌊'.repeat(120));
    expect(all).toEqual([]);
    const lettered = byCharacter(`a${'𝒳'.repeat(120)}`);
    expect(lettered.join('')).toBe(`a${'𝒳'.repeat(120)}`);
    for (const piece of lettered) expect(piece).not.toMatch(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/);
  });

  it('leaves out what cannot be spoken', () => {
    expect(pieces(['... !!! ', '— ', 'Now it does. ', '??'])).toEqual(['— Now it does.']);
  });

  it('loses nothing however the text is split', () => {
    const text = 'Tides come twice a day: the moon pulls the sea. At 5.30 it turned. “Why?” she asked.';
    for (const size of [1, 2, 3, 7, 20, 100]) {
      const parts = text.match(new RegExp(`.{1,${size}}`, 'gu')) ?? [];
      expect(pieces(parts).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }
  });
});
