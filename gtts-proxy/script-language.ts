/** The language that a text's letters speak for, where nobody has named one: OpenAI's voices speak what they are given. */

/**
 * gTTS's language most written in each script. A script that is not here, Latin above all, tells nothing.
 * Names as in Unicode's Scripts.txt.
 */
const LANGUAGES: Readonly<Record<string, string>> = {
  Arabic: 'ar',
  Bengali: 'bn',
  Cyrillic: 'ru',
  Devanagari: 'hi',
  Ethiopic: 'am',
  Greek: 'el',
  Gujarati: 'gu',
  Gurmukhi: 'pa',
  Han: 'zh-CN',
  Hangul: 'ko',
  Hebrew: 'iw',
  Hiragana: 'ja',
  Kannada: 'kn',
  Katakana: 'ja',
  Khmer: 'km',
  Malayalam: 'ml',
  Myanmar: 'my',
  Sinhala: 'si',
  Tamil: 'ta',
  Telugu: 'te',
  Thai: 'th',
};

const PATTERNS = Object.entries(LANGUAGES).map(([script, language]) => ({
  language,
  letters: new RegExp(`\\p{Script=${script}}`, 'gu'),
}));
/** Letters of Ukrainian that Russian has not, and of Urdu that Arabic has not. */
const UKRAINIAN = /[іїєґ]/iu;
const URDU = /[ٹڈڑںےھ]/u;

/** Undefined unless most of the letters are of one such script. Japanese is told from Chinese by its kana. */
export function languageOfScript(text: string): string | undefined {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const counts = new Map<string, number>();
  for (const { language, letters: pattern } of PATTERNS) {
    const count = text.match(pattern)?.length ?? 0;
    if (count > 0) counts.set(language, (counts.get(language) ?? 0) + count);
  }
  const kana = counts.get('ja');
  if (kana !== undefined) {
    counts.set('ja', kana + (counts.get('zh-CN') ?? 0));
    counts.delete('zh-CN');
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (most === undefined || most[1] * 2 <= letters) return undefined;
  const [language] = most;
  if (language === 'ru' && UKRAINIAN.test(text)) return 'uk';
  if (language === 'ar' && URDU.test(text)) return 'ur';
  return language;
}
