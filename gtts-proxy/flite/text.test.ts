import { describe, expect, it } from '@jest/globals';
import { holdsUnreadable, normalizeForFlite, splitForFlite } from './text.ts';

function split(text: string): string[] {
  return splitForFlite(text).map((piece) => piece.text);
}

describe('normalizeForFlite', () => {
  it.each([
    ['“It’s warm — very warm…”', '"It\'s warm, very warm... "'],
    ['café, naïve, Łódź, straße', 'cafe, naive, Lodz, strasse'],
    ['20 °C ± 1', '20 degrees C plus or minus 1'],
    ['a\u00a0b\tc', 'a b c'],
    ['hard\nwrapped\r\nlines', 'hard wrapped lines'],
    ['one\n\n\n two', 'one\n\ntwo'],
    ['漢字 only 😀', 'a word in another script only'],
    ['Hello 世界, how are you?', 'Hello a word in another script, how are you?'],
    ['The words السلام عليكم mean peace.', 'The words a word in another script mean peace.'],
    ['The angle α, Δt and 2π', 'The angle alpha, delta t and 2 pi'],
    ['Ελλάδα is Greece', 'a word in another script is Greece'],
    ['10² ﬁne ½ ıpek', '102 fine one half ipek'],
    ['\u0000\u001b[31m', '[31m'],
    ['漢字', ''],
  ])('writes %j as %j', (text, expected) => {
    expect(normalizeForFlite(text)).toBe(expected);
  });
});

describe('holdsUnreadable', () => {
  it.each(['Hello 世界', 'мир', 'नमस्ते', '٣ apples'])('%j', (text) => {
    expect(holdsUnreadable(text)).toBe(true);
  });
  it.each(['café, Łódź — “it’s” 😀 🐝', 'α + β', 'ʻokina', 'x² ≤ 10 °C'])('not %j', (text) => {
    expect(holdsUnreadable(text)).toBe(false);
  });
});

describe('splitForFlite', () => {
  it('cuts at sentences, not at abbreviations, initials or decimals', () => {
    expect(split('Dr. J. Smith saw 3.5 birds, e.g. owls. They flew! Did they? Yes.')).toEqual([
      'Dr. J. Smith saw 3.5 birds, e.g. owls.',
      'They flew!',
      'Did they?',
      'Yes.',
    ]);
  });

  it('begins with the first clause of a long sentence, so that the first audio is soon there', () => {
    expect(
      split('When the tide comes in at last, the water covers the sand and the rocks and the harbor wall.'),
    ).toEqual(['When the tide comes in at last,', 'the water covers the sand and the rocks and the harbor wall.']);
  });

  it.each([
    ['Plants take the light of the sun and turn it into sugar, which they keep.', 'Plants take the light of the sun'],
    ['The water covers the sand and the rocks of the old harbor every single day.', 'The water covers the sand'],
    ['He said that Babo had known all about it for years and years.', 'He said that Babo had known all about it'],
    [
      'The very large old wooden ships sailed slowly homeward yesterday.',
      'The very large old wooden ships sailed slowly',
    ],
  ])('begins %j with what can be said in one breath', (text, first) => {
    const pieces = split(text);
    expect(pieces[0]).toBe(first);
    expect(pieces.join(' ')).toBe(text);
  });

  it('does not begin with a single word', () => {
    expect(split('So, when the tide comes in at last, the water covers the sand.')[0]).toBe(
      'So, when the tide comes in at last,',
    );
  });

  it('bounds every piece and loses no word, whatever the text', () => {
    const text = `${'word '.repeat(300)}${'x'.repeat(900)} ${'clause, '.repeat(100)}`;
    const pieces = split(normalizeForFlite(text));
    expect(pieces[0]?.length).toBeLessThanOrEqual(50);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(200);
    expect(pieces.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  });

  it('pauses longest between paragraphs and not at all after the end', () => {
    const pauses = splitForFlite('One thing. Two things.\n\nThree things.').map((piece) => piece.pauseSeconds);
    expect(pauses[1]).toBeGreaterThan(pauses[0] ?? Infinity);
    expect(pauses[2]).toBe(0);
  });

  it('drops pieces without a word', () => {
    expect(split('Yes. ... !! No.')).toEqual(['Yes.', 'No.']);
    expect(split('... -- !')).toEqual([]);
  });
});
