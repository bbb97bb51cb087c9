/** Which of eSpeak NG's voices speak gTTS's languages, and which languages it cannot really speak. */
import type { SpeechVoice } from '../engine.ts';
import { GOOGLE_LANGUAGES } from '../google/languages.ts';

/** Of ours, so that a client may ask for eSpeak's voice though Google could speak. */
const PREFIX = 'espeak-';

/** Where eSpeak's name is not gTTS's: the best first. Others go by the same name, where eSpeak has it. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  en: ['en-us', 'en-gb'],
  fr: ['fr-fr', 'fr'],
  'fr-CA': ['fr-fr', 'fr'],
  iw: ['he'],
  jw: ['jv'],
  no: ['nb'],
  pt: ['pt-br', 'pt'],
  'pt-PT': ['pt'],
  tl: ['fil'],
  zh: ['cmn'],
  'zh-CN': ['cmn'],
  'zh-TW': ['cmn'],
};

/** Google's host gives an accent; of these eSpeak has one too. */
const ACCENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  en: { 'co.uk': 'en-gb', 'com.au': 'en-gb', ie: 'en-gb', 'co.nz': 'en-gb', 'co.za': 'en-gb', 'co.in': 'en-gb' },
  es: { 'com.mx': 'es-419', us: 'es-419', 'com.ar': 'es-419', 'com.co': 'es-419' },
  pt: { pt: 'pt' },
};

export function espeakVoiceId(language: string): string {
  return PREFIX + language;
}

/** The language of gTTS's that a voice's id stands for; undefined where it is no voice of eSpeak's. */
export function languageOfEspeakVoice(id: string): string | undefined {
  const wanted = id.toLowerCase();
  return Object.keys(GOOGLE_LANGUAGES).find((language) => espeakVoiceId(language).toLowerCase() === wanted);
}

/** Names out of what `espeak-ng --voices` prints: a line each, the second column of it. */
export function parseEspeakVoices(listing: string): Set<string> {
  const rows = listing.split('\n').map((line) => /^\s*\d+\s+(?<name>[\w-]+)\s/.exec(line)?.groups?.['name']);
  return new Set(rows.flatMap((name) => (name === undefined ? [] : [name])));
}

/** What this eSpeak has of gTTS's languages. */
export function listEspeakVoices(known: ReadonlySet<string>): SpeechVoice[] {
  return Object.entries(GOOGLE_LANGUAGES)
    .filter(([language]) => findEspeakName(language, 'com', known) !== undefined)
    .map(([language, name]) => ({ id: espeakVoiceId(language), name: `${name}, eSpeak NG`, language }));
}

/** eSpeak's own name for a voice of that language and accent. */
export function findEspeakName(language: string, tld: string, known: ReadonlySet<string>): string | undefined {
  const accent = ACCENTS[language]?.[tld];
  const names = [...(accent === undefined ? [] : [accent]), ...(NAMES[language] ?? [language])];
  return names.find((name) => known.has(name));
}

const CHINESE: ReadonlySet<string> = new Set(['zh', 'zh-CN', 'zh-TW', 'yue']);

/**
 * Letters that eSpeak NG passes over without a sound, whatever the voice: Cherokee, Javanese, Manipuri, Cham and others.
 * With 1.51, each letter of Cherokee and from U+A640 to U+ABFF was tried; of the other scripts some thirty, among which
 * there are rare ones without a sound, too. Without the saltillo, which is hardly a sound.
 */
const SILENT = /\p{Script=Cherokee}|(?=\p{L})[\ua717-\ua78a\ua78d-\uabff]/u;

/** The reason where a text has such letters, or a piece of it no sound. */
export const SILENT_LETTERS = 'The offline voice cannot read some of these letters.';

/**
 * Why eSpeak would not say all of a text; undefined where it does. Beyond Chinese it says "Chinese letter" for each
 * Chinese character. Japanese has such in every sentence, and is read in kana only; in other languages a few of them may
 * stand.
 */
export function whyUnreadable(text: string, language: string): string | undefined {
  if (SILENT.test(text)) return SILENT_LETTERS;
  if (CHINESE.has(language)) return undefined;
  const chinese = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const isRead = language === 'ja' ? chinese === 0 : chinese * 2 <= letters;
  return isRead ? undefined : 'The offline voice cannot read Chinese characters in this language.';
}
