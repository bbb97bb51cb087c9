/** What the real gTTS and this project's client are both asked to say: each rule of the tokenizer, in many scripts. */
import { GOOGLE_LANGUAGES } from '../../../gtts-proxy/google/languages.ts';
import { randomNumbers } from '../../support/random.ts';

export interface SpokenCase {
  text: string;
  language: string;
  tld: string;
  slow: boolean;
}

const LANGUAGES = Object.keys(GOOGLE_LANGUAGES);
/** Tags that gTTS takes and answers with another. */
const DEPRECATED = [
  'en-us',
  'en-GB',
  'en-au',
  'en-in',
  'fr-ca',
  'fr-fr',
  'pt-br',
  'pt-PT',
  'es-es',
  'es-US',
  'zh-cn',
  'zh-TW',
];
/** gTTS takes any; these are of every shape that it lists, with those that its manual names. */
const TLDS =
  'com ad com.af com.au ca co.in ie co.za com.ng us es com.mx fr pt com.br co.uk co.jp cat cn com.hk de rs ws co.kr'.split(
    ' ',
  );
export const HOSTS = TLDS.map((tld) => `translate.google.${tld}`);

/** Short, and each of them also within a text that is long enough to be cut. */
const PHRASES = [
  'Hello, world!',
  'Dr. Smith met Mr. and Mrs. Jones, Prof. Ng, Msgr. Li, St. Peter, Ms. Roe, Jr. and Sr. at once.',
  'Esq. and esq. and ESQ. are Esquires; Esqx is none.',
  'What? Really?! Yes!!! No?!? ¿Cómo? ¡Ay!',
  'At 10:30, or 9:05:59; ratio 3:2. Note: this. a:b, １０：３０ and 10：30.',
  'Pi is 3.14159, e is 2,718. 1,000,000.00 of them. Version 2.5.4. End.',
  'The U.S.A. and the e.g. of i.e. etc. Done. a.b. c. D. E.',
  'end-\nof-\nline hyphens-\n\n and - \n others -\r\n too',
  'Tab\tand\u00a0space\u2003and\u200bzero\ufeffwidth \u0085next\u2028line\u2029paragraph\x1cfs\x1fus',
  'emoji 😀 family 👨‍👩‍👧‍👦 flag 🇫🇷 skin 👍🏽 heart ❤️ keycap 1️⃣.',
  '…and then… silence—or not. [Brackets] (round) «guillemets» “quotes” ‘single’.',
  'I said: "Go!" She asked: \'Why?\' They left; we stayed.',
  '/path/to/file?query=1&x=2#frag %20 +plus ~tilde_under-dash.dot',
  'back\\slash "quote" \'apostrophe\' <tag> & ampersand {brace} |pipe| `tick` ^caret $dollar @at =equals *star',
  'control \x00nul \x07bell \x1besc \x7fdel end',
  'ﬁ ligature, Å ngström, é combining, ǅ title, ß sharp, İstanbul ıspanak K Kelvin ſ long.',
  'Dotted: a.b. c.İ. d.ı, e.\u212a. f.ſ. g.Z, h.é. i.1. j',
  'lone \ud800 high and \udc00 low surrogates',
  '    leading and trailing    \n',
  'ends with a colon:',
  'one, two, three ,four , five,six',
  'no.space.after.dots,or,commas',
  'Σίσυφος: τι; Όχι. Γεια σου! Άντε· λέγε.',
  'Привет, мир! Что? Да: т.е. и т.д. Конец.',
  'مرحبا، كيف حالك؟ هذا نص؛ من اليمين إلى اليسار. ١٢٣:٤٥',
  'שלום, מה שלומך? זה טקסט: מימין לשמאל.',
  'नमस्ते, आप कैसे हैं? यह एक वाक्य है। समय १०:३० है।',
  'สวัสดีครับ วันนี้อากาศดีมาก ไม่มีช่องว่างระหว่างคำ',
  '你好，世界！你好吗？我很好。这是：一个、两个、三个。',
  'こんにちは、世界。元気ですか？はい！漢字とカナ：テスト。',
  '안녕하세요, 세계! 잘 지내세요? 네. 시간은 10:30입니다.',
  'សួស្តី​ពិភពលោក។ នេះ​ជា​ការ​សាកល្បង។',
  'မင်္ဂလာပါ။ နေကောင်းလား။',
  'Zażółć gęślą jaźń, proszę! Đường phố Việt Nam, ơi? Çok güzel.',
  '...',
  '?!',
  ' , . : \n ',
  '—',
  '።',
  '।',
  '1',
  'İ',
];

/** No phrase of these has a space, so that it can only be cut by count. */
const UNSPACED = [
  'x'.repeat(99),
  'x'.repeat(100),
  'x'.repeat(101),
  'x'.repeat(250),
  '😀'.repeat(101),
  '汉'.repeat(201),
  'ก'.repeat(333),
  `${'y'.repeat(99)} z`,
  `${'y'.repeat(100)} z`,
  ` ${'y'.repeat(100)}`,
  'z '.repeat(60),
  `${' '.repeat(150)}a${' '.repeat(150)}b`,
];

/** Phrases, marks and spaces in any order, up to `length` UTF-16 units. */
function randomText(seed: number, length: number): string {
  const random = randomNumbers(seed);
  const joints = [
    ' ',
    '. ',
    ', ',
    ': ',
    '! ',
    '? ',
    '-\n',
    '\n',
    '.',
    ',',
    ':',
    '!',
    '？',
    '！',
    '。',
    '',
    ' Dr. ',
    ' a.m. ',
    '7:',
  ];
  const words = PHRASES.flatMap((phrase) => phrase.split(' ')).filter((word) => word !== '');
  let text = '';
  while (text.length < length) text += random.pick(words) + random.pick(joints);
  return text.slice(0, length);
}

export const TEXTS: readonly string[] = [
  ...PHRASES,
  ...PHRASES.map(
    (phrase) =>
      `${phrase} Then comes more, so that all of this is long enough to be cut into pieces. ${phrase}${phrase}`,
  ),
  ...UNSPACED,
  ...PHRASES.slice(0, 33).map((phrase) => `${phrase} `.repeat(Math.ceil(600 / phrase.length))),
  ...Array.from({ length: 70 }, (_, seed) => randomText(seed, 20 + seed * 12)),
  ...Array.from({ length: 6 }, (_, seed) => randomText(1000 + seed, 5000)),
];

/** Every text, and every language, accent and pace among them. */
export const CASES: readonly SpokenCase[] = TEXTS.map((text, i) => ({
  text,
  language: [...LANGUAGES, ...DEPRECATED][i % (LANGUAGES.length + DEPRECATED.length)] ?? 'en',
  tld: TLDS[i % TLDS.length] ?? 'com',
  slow: i % 3 === 0,
}));
