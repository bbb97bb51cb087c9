/**
 * The languages and hosts that Google's speech is known to have: the allow-list of `language` and `tld`.
 * Source: `gtts.lang.tts_langs()` and `gtts.accents` of gTTS 2.5.4, and its documentation's table of accents.
 */

/** IETF tag, as Google takes it, to its name. */
export const GOOGLE_LANGUAGES: Readonly<Record<string, string>> = {
  af: 'Afrikaans',
  am: 'Amharic',
  ar: 'Arabic',
  bg: 'Bulgarian',
  bn: 'Bengali',
  bs: 'Bosnian',
  ca: 'Catalan',
  cs: 'Czech',
  cy: 'Welsh',
  da: 'Danish',
  de: 'German',
  el: 'Greek',
  en: 'English',
  es: 'Spanish',
  et: 'Estonian',
  eu: 'Basque',
  fi: 'Finnish',
  fr: 'French',
  'fr-CA': 'French (Canada)',
  gl: 'Galician',
  gu: 'Gujarati',
  ha: 'Hausa',
  hi: 'Hindi',
  hr: 'Croatian',
  hu: 'Hungarian',
  id: 'Indonesian',
  is: 'Icelandic',
  it: 'Italian',
  iw: 'Hebrew',
  ja: 'Japanese',
  jw: 'Javanese',
  km: 'Khmer',
  kn: 'Kannada',
  ko: 'Korean',
  la: 'Latin',
  lt: 'Lithuanian',
  lv: 'Latvian',
  ml: 'Malayalam',
  mr: 'Marathi',
  ms: 'Malay',
  my: 'Myanmar (Burmese)',
  ne: 'Nepali',
  nl: 'Dutch',
  no: 'Norwegian',
  pa: 'Punjabi (Gurmukhi)',
  pl: 'Polish',
  pt: 'Portuguese (Brazil)',
  'pt-PT': 'Portuguese (Portugal)',
  ro: 'Romanian',
  ru: 'Russian',
  si: 'Sinhala',
  sk: 'Slovak',
  sq: 'Albanian',
  sr: 'Serbian',
  su: 'Sundanese',
  sv: 'Swedish',
  sw: 'Swahili',
  ta: 'Tamil',
  te: 'Telugu',
  th: 'Thai',
  tl: 'Filipino',
  tr: 'Turkish',
  uk: 'Ukrainian',
  ur: 'Urdu',
  vi: 'Vietnamese',
  yue: 'Cantonese',
  zh: 'Chinese (Mandarin)',
  'zh-CN': 'Chinese (Simplified)',
  'zh-TW': 'Chinese (Mandarin/Taiwan)',
};

const TLDS = new Set(
  (
    'com ad ae as at az ba be bf bg bj br bs bt by ca cat cd ch ci cl cm cn co.bw co.ck co.cr co.id co.il co.in ' +
    'co.jp co.ke co.kr co.ls co.mz co.nz co.th co.tz co.ug co.uk co.uz co.ve co.vi co.za co.zm co.zw com.af com.ag ' +
    'com.ai com.ar com.au com.bd com.bz com.co com.do com.ec com.eg com.fj com.gh com.gi com.gt com.hk com.je ' +
    'com.kh com.kw com.lb com.ly com.ma com.mt com.mx com.my com.np com.om com.pr com.py com.qa com.sa com.sb ' +
    'com.sg com.sl com.sv com.tj com.tr com.tw com.ua com.uy com.vc com.vn cv dj dm dz ee es et fi fm fr ga ge gg ' +
    'gl gm gr gy hn hr ht hu ie im iq is it iw je jo kg ki kz la li lk lt lu lv md me mg mk ml mm mn ms mu mv mw na ' +
    'ne ng ni nl no nr nu pa pe pg ph pk pl pn ps pt ro rs ru rw sc se sh si sk sm sn so sr st td tg tl tm tn to tt ' +
    'us vg vu ws com.br com.ng'
  ).split(' '),
);

export interface Accent {
  /** A key of `GOOGLE_LANGUAGES`. */
  language: string;
  tld: string;
  name: string;
}

/**
 * Regional tags that Google speaks by a host of that region. gTTS lists `fr-CA` and `pt-PT` as languages too, and sends
 * `fr` and `pt` for them.
 */
export const GOOGLE_ACCENTS: Readonly<Record<string, Accent>> = {
  'en-AU': { language: 'en', tld: 'com.au', name: 'English (Australia)' },
  'en-CA': { language: 'en', tld: 'ca', name: 'English (Canada)' },
  'en-GB': { language: 'en', tld: 'co.uk', name: 'English (United Kingdom)' },
  'en-IE': { language: 'en', tld: 'ie', name: 'English (Ireland)' },
  'en-IN': { language: 'en', tld: 'co.in', name: 'English (India)' },
  'en-NG': { language: 'en', tld: 'com.ng', name: 'English (Nigeria)' },
  'en-US': { language: 'en', tld: 'us', name: 'English (United States)' },
  'en-ZA': { language: 'en', tld: 'co.za', name: 'English (South Africa)' },
  'es-ES': { language: 'es', tld: 'es', name: 'Spanish (Spain)' },
  'es-MX': { language: 'es', tld: 'com.mx', name: 'Spanish (Mexico)' },
  'es-US': { language: 'es', tld: 'us', name: 'Spanish (United States)' },
  'fr-CA': { language: 'fr', tld: 'ca', name: 'French (Canada)' },
  'fr-FR': { language: 'fr', tld: 'fr', name: 'French (France)' },
  'pt-BR': { language: 'pt', tld: 'com.br', name: 'Portuguese (Brazil)' },
  'pt-PT': { language: 'pt', tld: 'pt', name: 'Portuguese (Portugal)' },
};

/** Tags of today for what Google calls by an older or a wider name. Source: the IANA language subtag registry. */
const TODAYS_TAGS: Readonly<Record<string, string>> = {
  cmn: 'zh-CN',
  fil: 'tl',
  he: 'iw',
  jv: 'jw',
  nb: 'no',
  nn: 'no',
  'zh-hans': 'zh-CN',
  'zh-hant': 'zh-TW',
  'zh-hk': 'yue',
};

/** The language, and host where its tag names one, that `tag` means; undefined where Google has none. */
export function findGoogleLanguage(tag: string): { language: string; tld: string } | undefined {
  const wanted = tag.toLowerCase();
  const today = Object.hasOwn(TODAYS_TAGS, wanted) ? TODAYS_TAGS[wanted] : undefined;
  if (today !== undefined) return { language: today, tld: 'com' };
  const accent = Object.entries(GOOGLE_ACCENTS).find(([known]) => known.toLowerCase() === wanted)?.[1];
  if (accent !== undefined) return accent;
  const language = Object.keys(GOOGLE_LANGUAGES).find((known) => known.toLowerCase() === wanted);
  if (language !== undefined) return { language, tld: 'com' };
  // German of whatever country is German.
  const primary = wanted.split('-')[0] ?? '';
  return primary === wanted ? undefined : findGoogleLanguage(primary);
}

export function isGoogleTld(tld: string): boolean {
  return TLDS.has(tld);
}
