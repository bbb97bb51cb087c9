/**
 * How gTTS 2.5.4 cuts text into pieces of at most 100 characters, character for character: requests have to be those
 * that gTTS would send. Source of the rules: https://gtts.readthedocs.io/en/v2.5.4/tokenizer.html. Where Python's
 * regular expressions and strings differ from JavaScript's (whitespace, digits, `.`, letter case), Python's are meant.
 */

/** Google takes no more at a time. In code points, as Python counts. */
const MAX_PIECE = 100;

const TONE_MARKS = ['?', '!', '？', '！'];
const ABBREVIATIONS = ['dr', 'jr', 'mr', 'mrs', 'ms', 'msgr', 'prof', 'sr', 'st'];

/** What `str.strip()` takes off. */
const PYTHON_SPACE = '\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const OUTER_SPACE = new RegExp(`^[${PYTHON_SPACE}]+|[${PYTHON_SPACE}]+$`, 'gu');

/** Nothing but gTTS's punctuation and ASCII whitespace. */
const NOTHING_TO_SAY = /^[?!？！.,¡()[\]¿…‥،;:—。，、：\n \t\r\v\f]*$/u;

/**
 * Where gTTS cuts: after a tone mark's following character; at a period or comma before a space, unless a dotted
 * abbreviation ends there; at a colon that no digit precedes; at other punctuation. With `i`, Python's `[a-z]` also
 * takes two letters that JavaScript's does not.
 */
const CUT = new RegExp(
  ['(?<=[?!？！])[^\\n]', '(?<!\\.[a-zİı])[.,] ', '(?<!\\p{Nd}):', '[¡()\\[\\]¿…‥،;—。，、：\\n]'].join('|'),
  'giu',
);

/** The pieces that gTTS would send for `text`, in order; none where there is nothing to say. */
export function tokenize(text: string): string[] {
  const prepared = preprocess(strip(text));
  if (codePoints(prepared).length <= MAX_PIECE) return clean([prepared]);
  return clean(prepared.split(CUT))
    .flatMap((token) => minimize(codePoints(token)))
    .filter((token) => token !== '');
}

function preprocess(text: string): string {
  let prepared = text;
  for (const mark of TONE_MARKS) prepared = prepared.replaceAll(mark, `${mark} `);
  prepared = prepared.replaceAll('-\n', '');
  for (const word of ABBREVIATIONS) prepared = prepared.replace(new RegExp(`(?<=${word})\\.`, 'giu'), '');
  return prepared.replace(/Esq\./giu, 'Esquire');
}

function clean(tokens: readonly string[]): string[] {
  return tokens.filter((token) => !NOTHING_TO_SAY.test(token)).map(strip);
}

/** Cut at the last space among the first hundred characters, else after the hundredth. */
function minimize(token: readonly string[]): string[] {
  const pieces: string[] = [];
  let rest = token[0] === ' ' ? token.slice(1) : token;
  while (rest.length > MAX_PIECE) {
    const space = rest.lastIndexOf(' ', MAX_PIECE - 1);
    const cut = space === -1 ? MAX_PIECE : space;
    pieces.push(rest.slice(0, cut).join(''));
    rest = rest.slice(rest[cut] === ' ' ? cut + 1 : cut);
  }
  return [...pieces, rest.join('')];
}

function codePoints(text: string): string[] {
  return Array.from(text);
}

function strip(text: string): string {
  return text.replace(OUTER_SPACE, '');
}
