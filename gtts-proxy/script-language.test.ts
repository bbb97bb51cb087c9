import { describe, expect, it } from '@jest/globals';
import { findGoogleLanguage } from './google/languages.ts';
import { languageOfScript } from './script-language.ts';

describe('languageOfScript', () => {
  it.each([
    ['مرحبا بالعالم', 'ar'],
    ['یہ ایک بڑا گھر ہے', 'ur'],
    ['Привет мир', 'ru'],
    ['Добрий день, як справи? Її звати Оля.', 'uk'],
    ['Ελλάδα', 'el'],
    ['שלום עולם', 'iw'],
    ['こんにちは、世界', 'ja'],
    ['漢字の読み方', 'ja'],
    ['你好，世界', 'zh-CN'],
    ['안녕하세요', 'ko'],
    ['สวัสดี', 'th'],
    ['नमस्ते दुनिया', 'hi'],
    ['SynapScribe говорит по-русски', 'ru'],
  ])('of %j is %s, which gTTS has', (text, language) => {
    expect(languageOfScript(text)).toBe(language);
    expect(findGoogleLanguage(language)?.language).toBe(language);
  });

  it.each(['The Arabic word سلام means peace.', 'Guten Tag', 'The angle α', '123 😀', ''])(
    'of %j is not told',
    (text) => {
      expect(languageOfScript(text)).toBeUndefined();
    },
  );
});
