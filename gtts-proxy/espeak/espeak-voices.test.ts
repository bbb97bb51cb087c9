import { describe, expect, it } from '@jest/globals';
import {
  findEspeakName,
  languageOfEspeakVoice,
  listEspeakVoices,
  parseEspeakVoices,
  whyUnreadable,
} from './espeak-voices.ts';

const LISTING = `Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
 5  de              --/M      German             gmw/de               
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  he              --/M      Hebrew             sem/he               
 5  nb              --/M      Norwegian_Bokmål  gmq/nb               (no 5)
 5  chr-US-Qaaa-x-west --/M      Cherokee_          iro/chr              
`;
const known = parseEspeakVoices(LISTING);

describe("eSpeak's voices", () => {
  it('are read out of its list', () => {
    expect([...known]).toEqual(['cmn', 'de', 'en-gb', 'en-us', 'he', 'nb', 'chr-US-Qaaa-x-west']);
    expect(parseEspeakVoices('').size).toBe(0);
  });

  it.each([
    ['de', 'com', 'de'],
    ['iw', 'com', 'he'],
    ['no', 'com', 'nb'],
    ['zh-TW', 'com', 'cmn'],
    ['en', 'com', 'en-us'],
    ['en', 'co.uk', 'en-gb'],
    ['su', 'com', undefined],
    ['fr', 'com', undefined],
  ])('speak %s of %s by the name %s', (language, tld, name) => {
    expect(findEspeakName(language, tld, known)).toBe(name);
  });

  it("are listed by gTTS's languages, under names that are not Google's", () => {
    const voices = listEspeakVoices(known);
    expect(voices).toContainEqual({ id: 'espeak-iw', name: 'Hebrew, eSpeak NG', language: 'iw' });
    expect(voices.map((voice) => voice.id)).not.toContain('espeak-fr');
    expect(languageOfEspeakVoice('ESPEAK-zh-tw')).toBe('zh-TW');
    expect(languageOfEspeakVoice('fr')).toBeUndefined();
  });

  it.each([
    ['こんにちは', 'ja', true],
    ['これは漢字です', 'ja', false],
    ['漢字', 'zh-CN', true],
    ['漢字', 'en', false],
    ['The word 漢字 means characters.', 'en', true],
    ['10:30', 'de', true],
    ['Then ᏣᎳᎩ is read.', 'en', false],
    ['ꦗꦮ', 'jw', false],
    ['ꯃꯤꯇꯩ and 漢字', 'zh-CN', false],
    ['aꞌb', 'es', true],
    ['ኣማርኛ, ខ្មែរ, ქართული, ᚱᚢᚾ, ꙗ', 'en', true],
  ])('read %s in %s: %s', (text, language, isRead) => {
    expect(whyUnreadable(text, language) === undefined).toBe(isRead);
  });
});
