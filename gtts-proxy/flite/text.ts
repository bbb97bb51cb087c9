/** Text as Flite can speak it: plain ASCII, in pieces that end where a speaker would breathe. */

/** A piece and the silence after it. The last piece has none. */
export interface SpokenPiece {
  text: string;
  pauseSeconds: number;
}

/** 200 characters are 14 s of speech and 0.3 s of work; Flite's memory grows with the length of a run. */
const MAX_PIECE = 200;
/** The first piece decides when the first byte leaves. */
const MAX_FIRST_PIECE = 90;
/** A first sentence longer than this is cut at its first clause boundary. */
const LONG_FIRST_SENTENCE = 50;
/** Below this a cut at a comma sounds chopped. */
const MIN_CLAUSE = 12;

const SENTENCE_PAUSE = 0.4;
const PARAGRAPH_PAUSE = 0.8;
const CLAUSE_PAUSE = 0.2;
const NO_PAUSE = 0.03;

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
  '。': '. ',
  '、': ', ',
};

/** `text` in printable ASCII: accents fall off, symbols with a name are spelled, other scripts are left out. */
export function normalizeForFlite(text: string): string {
  return Array.from(text.normalize('NFC'))
    .map((character) => SPELLED[character] ?? character)
    .join('')
    .normalize('NFKD')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\x20-\x7e\n]/g, (character) => (/\s/.test(character) ? ' ' : ''))
    .replace(/ *\n\s*\n\s*/g, '\n\n')
    .replace(/(?<!\n)\n(?!\n)/g, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/ +([,.;:!?])/g, '$1')
    .trim();
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
      else splitSentence(sentence, MAX_PIECE).forEach(add);
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
  const [first] = clauseEnds(sentence.slice(0, MAX_FIRST_PIECE + 1));
  if (sentence.length <= LONG_FIRST_SENTENCE || first === undefined) return splitSentence(sentence, MAX_FIRST_PIECE);
  return [
    { text: sentence.slice(0, first), pauseSeconds: CLAUSE_PAUSE },
    ...splitSentence(sentence.slice(first).trim(), MAX_PIECE),
  ];
}

/** A sentence whole where it fits, else cut at the last clause boundary that fits, else at a space, else anywhere. */
function splitSentence(sentence: string, firstMax: number): SpokenPiece[] {
  const pieces: SpokenPiece[] = [];
  let rest = sentence;
  for (let max = firstMax; rest.length > max; max = MAX_PIECE) {
    const head = rest.slice(0, max + 1);
    const clause = clauseEnds(head).at(-1);
    const space = head.lastIndexOf(' ');
    const cut = clause ?? (space > 0 ? space : max);
    pieces.push({ text: rest.slice(0, cut).trim(), pauseSeconds: clause === undefined ? NO_PAUSE : CLAUSE_PAUSE });
    rest = rest.slice(cut).trim();
  }
  if (rest !== '') pieces.push({ text: rest, pauseSeconds: SENTENCE_PAUSE });
  return pieces;
}

/** Where clauses end within `text`, those left out that are too short to stand alone. */
function clauseEnds(text: string): number[] {
  const ends = [...text.matchAll(/[,;:)]["']?(?= )/g)].map((match) => match.index + match[0].length);
  return ends.filter((end) => end >= MIN_CLAUSE);
}
