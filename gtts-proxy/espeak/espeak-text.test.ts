import { describe, expect, it } from '@jest/globals';
import { cleanForEspeak, splitForEspeak } from './espeak-text.ts';

const split = (text: string, language: string): string[] => splitForEspeak(text, language).map((piece) => piece.text);

describe('cleanForEspeak', () => {
  it('leaves nothing that eSpeak would take for phonemes or commands', () => {
    expect(cleanForEspeak('Hello [[d@n]] \u0000there\u0001\n\n now', 'en')).toBe('Hello [ [d@n]] there now');
  });

  it.each([
    ['ⓗⓔⓛⓛⓞ ① ｈｉ １２ 𝐛𝐨𝐥𝐝 𝟙', 'hello 1 hi 12 bold 1'],
    ['٠١٢٣٤٥٦٧٨٩ apples', '0123456789 apples'],
    ['०९ १२', '09 12'],
    ['x² is ½ of …', 'x² is ½ of …'],
  ])('writes %j as it is read', (text, clean) => {
    expect(cleanForEspeak(text, 'en')).toBe(clean);
  });

  it.each([
    ['יש 3 תפוחים', 'יש שלש תפוחים'],
    ['1. ב-1,999 היו 3.5', 'אחת . ב- אלף תשע מאות תשעים ותשע היו שלש נקודה חמש'],
    ['קו 0123456789012345678', 'קו אפס אחת שתים שלש ארבע חמש שש שבע שמונה תשע אפס אחת שתים שלש ארבע חמש שש שבע שמונה'],
    ['10:30', 'עשר : שלשים'],
    ['03, 007, 0.5 ו-0', 'אפס שלש , אפס אפס שבע , אפס נקודה חמש ו- אפס'],
  ])('spells numbers in Hebrew: %s', (text, clean) => {
    expect(cleanForEspeak(text, 'iw')).toBe(clean);
  });
});

describe('splitForEspeak', () => {
  it.each([
    ['de', 'Guten Tag. Wie geht es Ihnen? Gut!', ['Guten Tag.', 'Wie geht es Ihnen?', 'Gut!']],
    ['hi', 'नमस्ते दुनिया। आप कैसे हैं?', ['नमस्ते दुनिया।', 'आप कैसे हैं?']],
    ['zh-CN', '你好。你好吗？', ['你好。', '你好吗？']],
    ['ar', 'مرحبا. كيف حالك؟', ['مرحبا.', 'كيف حالك؟']],
  ])('cuts sentences in %s', (language, text, sentences) => {
    expect(split(text, language)).toEqual(sentences);
  });

  it('bounds every piece and loses no character, whatever the text', () => {
    for (const text of [
      'wort '.repeat(300),
      'x'.repeat(1000),
      '汉'.repeat(1000),
      '😀a'.repeat(400),
      'eins, '.repeat(200),
    ]) {
      const pieces = split(text, 'de');
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(300);
      expect(pieces.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      expect(pieces.every((piece) => Buffer.from(piece).toString() === piece)).toBe(true);
    }
  });

  it('pauses after sentences, hardly within them, and not at all after the end', () => {
    const pauses = splitForEspeak(`${'wort '.repeat(70)}. Noch einer. Ende.`, 'de').map((piece) => piece.pauseSeconds);
    expect(pauses).toEqual([0.03, 0.4, 0.4, 0]);
  });

  it('drops pieces without a word', () => {
    expect(split('... — ! Ja.', 'de')).toEqual(['Ja.']);
    expect(split('... — !', 'de')).toEqual([]);
  });
});
