/** Text as Flite can speak it: plain ASCII, in pieces that end where a speaker would breathe. */

import { NO_PAUSE, SENTENCE_PAUSE, type SpokenPiece } from '../spoken-piece.ts';

/** 200 characters are 14 s of speech and 0.3 s of work; Flite's memory grows with the length of a run. */
const MAX_PIECE = 200;
/** The first piece decides when the first byte leaves: 50 characters are 70 ms of work. A longer sentence is cut. */
const MAX_FIRST_PIECE = 50;
/** Below this a cut at a comma sounds chopped, and what a cut leaves over too. */
const MIN_CLAUSE = 12;
/** Below this a cut where there is no comma does. */
const MIN_BREATH = 20;
/** Before these a speaker may breathe; before the second sort rather than amid what they join. */
const JOINTS = [
  /(?= (?:and|but|or|that|which|who|when|where|while|because|if|than|so|as|until|though)\b)/g,
  /(?= (?:in|on|at|to|of|for|from|with|by|into|over|about|after|before|through|between)\b)/g,
];

const PARAGRAPH_PAUSE = 0.8;
const CLAUSE_PAUSE = 0.2;

const ABBREVIATIONS = new Set(
  'dr mr mrs ms prof st jr sr vs etc e.g i.e cf approx no vol fig dept inc ltd co jan feb mar apr jun jul aug sep sept oct nov dec'.split(
    ' ',
  ),
);

const SPELLED: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '–': '-',
  '‑': '-',
  '−': '-',
  '—': ', ',
  '…': '... ',
  '·': ' ',
  '•': ', ',
  '°': ' degrees ',
  '±': ' plus or minus ',
  '×': ' times ',
  '÷': ' divided by ',
  '≈': ' about ',
  '≤': ' at most ',
  '≥': ' at least ',
  '≠': ' is not ',
  '→': ', ',
  '€': ' euros ',
  '£': ' pounds ',
  '¥': ' yen ',
  '½': ' one half ',
  '¼': ' one quarter ',
  '¾': ' three quarters ',
  µ: ' micro ',
  æ: 'ae',
  Æ: 'Ae',
  œ: 'oe',
  Œ: 'Oe',
  ø: 'o',
  Ø: 'O',
  ß: 'ss',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  þ: 'th',
  Þ: 'Th',
  ð: 'th',
  ı: 'i',
  ħ: 'h',
  Ħ: 'H',
  ŋ: 'ng',
  Ŋ: 'Ng',
  '。': '. ',
  '、': ', ',
};

/** As formulas have them, alone; more than one together are a Greek word. */
const GREEK: Readonly<Record<string, string>> = {
  α: 'alpha',
  β: 'beta',
  γ: 'gamma',
  δ: 'delta',
  ε: 'epsilon',
  ζ: 'zeta',
  η: 'eta',
  θ: 'theta',
  ι: 'iota',
  κ: 'kappa',
  λ: 'lambda',
  μ: 'mu',
  ν: 'nu',
  ξ: 'xi',
  ο: 'omicron',
  π: 'pi',
  ρ: 'rho',
  σ: 'sigma',
  ς: 'sigma',
  τ: 'tau',
  υ: 'upsilon',
  φ: 'phi',
  χ: 'chi',
  ψ: 'psi',
  ω: 'omega',
};
const GREEK_LETTER = /(?<!\p{Script=Greek})\p{Script=Greek}(?!\p{Script=Greek})/gu;

/** A word, or words, that Flite has no letters for; the marks on their letters go with them. */
const UNREADABLE =
  /(?:(?![\x20-\x7e])[\p{Lu}\p{Ll}\p{Lt}\p{Lo}\p{N}]\p{M}*\u200d?)+(?: (?=(?![\x20-\x7e])[\p{L}\p{N}])[^\x20-\x7e]+)*/gu;
const UNREADABLE_SAID = ' a word in another script ';

/** Whether a part of `text` has letters that Flite cannot speak. */
export const holdsUnreadable = (text: string): boolean => spell(text).search(UNREADABLE) >= 0;

/**
 * `text` in printable ASCII: accents fall off, symbols with a name are spelled, and words of other scripts are said to
 * be such; empty where there is nothing else.
 */
export function normalizeForFlite(text: string): string {
  const spelled = spell(text);
  if (!/[a-z0-9]/i.test(spelled.replace(UNREADABLE, ''))) return '';
  return spelled
    .replace(UNREADABLE, UNREADABLE_SAID)
    .replace(/\r\n?/g, '\n')
    .replace(/[^\x20-\x7e\n]/g, (character) => (/\s/.test(character) ? ' ' : ''))
    .replace(/ *\n\s*\n\s*/g, '\n\n')
    .replace(/(?<!\n)\n(?!\n)/g, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/ +([,.;:!?])/g, '$1')
    .trim();
}

function spell(text: string): string {
  return Array.from(text.normalize('NFC'))
    .map((character) => SPELLED[character] ?? character)
    .join('')
    .normalize('NFKD')
    .replace(GREEK_LETTER, (letter) => ` ${GREEK[letter.toLowerCase()] ?? letter} `);
}

/** Normalized text in pieces of at most 200 characters, the first of them short. Pieces without a word are dropped. */
export function splitForFlite(text: string): SpokenPiece[] {
  const pieces: SpokenPiece[] = [];
  const add = (piece: SpokenPiece): void => {
    if (/[a-z0-9%&@#$+=]/i.test(piece.text)) pieces.push(piece);
  };
  for (const paragraph of text.split('\n\n')) {
    for (const sentence of splitSentences(paragraph)) {
      if (pieces.length === 0) splitFirstSentence(sentence).forEach(add);
      else splitSentence(sentence).forEach(add);
    }
    const last = pieces.at(-1);
    if (last !== undefined) last.pauseSeconds = PARAGRAPH_PAUSE;
  }
  const last = pieces.at(-1);
  if (last !== undefined) last.pauseSeconds = 0;
  return pieces;
}

/** At `.`, `!` or `?` before a space, unless an abbreviation, an initial or a small letter says that it goes on. */
function splitSentences(paragraph: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  for (const match of paragraph.matchAll(/([.!?]+)["')\]]*\s+/g)) {
    const end = match.index + match[0].length;
    if (match[1] === '.' && goesOn(paragraph.slice(start, match.index), paragraph.slice(end))) continue;
    sentences.push(paragraph.slice(start, end).trim());
    start = end;
  }
  sentences.push(paragraph.slice(start).trim());
  return sentences.filter((sentence) => sentence !== '');
}

function goesOn(before: string, after: string): boolean {
  const word = /\S+$/.exec(before)?.[0].replace(/^["'([]+/, '') ?? '';
  return ABBREVIATIONS.has(word.toLowerCase()) || /^[A-Z]$/.test(word) || /^[a-z]/.test(after);
}

function splitFirstSentence(sentence: string): SpokenPiece[] {
  if (sentence.length <= MAX_FIRST_PIECE) return splitSentence(sentence);
  const head = sentence.slice(0, MAX_FIRST_PIECE + 1);
  const [clause] = clauseEnds(head);
  const cut = clause ?? breathAt(head, sentence.length) ?? lastSpace(head) ?? MAX_FIRST_PIECE;
  return [
    { text: sentence.slice(0, cut), pauseSeconds: clause === undefined ? NO_PAUSE : CLAUSE_PAUSE },
    ...splitSentence(sentence.slice(cut).trim()),
  ];
}

/** The last place in `head` where a speaker may breathe who has `length` characters to say. */
function breathAt(head: string, length: number): number | undefined {
  const fits = (at: number): boolean => at >= MIN_BREATH && at <= length - MIN_CLAUSE;
  const places = JOINTS.map((joint) => [...head.matchAll(joint)].map((match) => match.index).filter(fits));
  return places.find((each) => each.length > 0)?.at(-1);
}

/** A sentence whole where it fits, else cut at the last clause boundary that fits, else at a space, else anywhere. */
function splitSentence(sentence: string): SpokenPiece[] {
  const pieces: SpokenPiece[] = [];
  let rest = sentence;
  while (rest.length > MAX_PIECE) {
    const head = rest.slice(0, MAX_PIECE + 1);
    const clause = clauseEnds(head).at(-1);
    const cut = clause ?? lastSpace(head) ?? MAX_PIECE;
    pieces.push({ text: rest.slice(0, cut).trim(), pauseSeconds: clause === undefined ? NO_PAUSE : CLAUSE_PAUSE });
    rest = rest.slice(cut).trim();
  }
  if (rest !== '') pieces.push({ text: rest, pauseSeconds: SENTENCE_PAUSE });
  return pieces;
}

function lastSpace(head: string): number | undefined {
  const space = head.lastIndexOf(' ');
  return space > 0 ? space : undefined;
}

/** Where clauses end within `text`, those left out that are too short to stand alone. */
function clauseEnds(text: string): number[] {
  const ends = [...text.matchAll(/[,;:)]["']?(?= )/g)].map((match) => match.index + match[0].length);
  return ends.filter((end) => end >= MIN_CLAUSE);
}
