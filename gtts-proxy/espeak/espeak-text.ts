/** Text as eSpeak NG is given it, in pieces that end where a speaker would breathe, in any language. */

import { toCardinal } from 'n2words/he-IL';
import { NO_PAUSE, SENTENCE_PAUSE, type SpokenPiece } from '../spoken-piece.ts';

/** In UTF-16 units. 300 are some 20 s of speech, made in 60 ms. */
const MAX_PIECE = 300;

const CONTROL = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/gu;
const CLAUSE_END = /[,;:،；：、，。]\s*(?=\S)/gu;

/** Letters and digits in disguise, which eSpeak passes over: in circles, wide, bold, as they are joined. */
const DISGUISED = /[\u2460-\u24ff\ufb00-\ufdff\ufe70-\uffef\u{1d400}-\u{1d7ff}\u{1f100}-\u{1f1ff}]+/gu;

/** `12`, `1,200,000`, `0.5`: at most 15 digits and no zero before them, as in `007`; others are no quantities. */
const NUMBER = /(?<![\d.,])(?:[1-9]\d{0,2}(?:,\d{3}){1,4}|[1-9]\d{0,14}|0)(?:\.\d{1,15})?(?!\d)/g;
const HEBREW = 'iw';

/** Without what eSpeak would take for something else than text, as `[[…]]`, phonemes to it; in letters that it reads. */
export function cleanForEspeak(text: string, language: string): string {
  const plain = text.normalize('NFC').replace(DISGUISED, (letters) => letters.normalize('NFKC'));
  // It reads each script's digits in that script's languages only.
  const digits = plain.replace(/(?=\P{ASCII})\p{Nd}/gu, toAsciiDigit);
  return (language === HEBREW ? spellInHebrew(digits) : digits)
    .replace(CONTROL, ' ')
    .replaceAll('[[', '[ [')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** Its Hebrew alone of gTTS's languages knows no numbers, and passes over them without a sound. */
function spellInHebrew(text: string): string {
  const words = text.replace(NUMBER, (number) => ` ${toCardinal(number.replaceAll(',', ''))} `);
  return words.replace(/\d/g, (digit) => ` ${toCardinal(digit)} `);
}

/** Unicode has the digits of a script in a row, from 0 to 9. */
function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  return String(value);
}

/** Clean text by sentences, those cut that are too long. Pieces without a letter or a digit are dropped. */
export function splitForEspeak(text: string, language: string): SpokenPiece[] {
  const segmenter = new Intl.Segmenter(language, { granularity: 'sentence' });
  const pieces: SpokenPiece[] = [];
  for (const { segment } of segmenter.segment(text)) {
    for (const part of cutLong(segment.trim())) {
      if (/[\p{L}\p{N}]/u.test(part.text)) pieces.push(part);
    }
  }
  const last = pieces.at(-1);
  if (last !== undefined) last.pauseSeconds = 0;
  return pieces;
}

/** At the last clause that fits, else at a space, else anywhere but within a character. */
function cutLong(sentence: string): SpokenPiece[] {
  const pieces: SpokenPiece[] = [];
  let rest = sentence;
  while (rest.length > MAX_PIECE) {
    const head = rest.slice(0, MAX_PIECE);
    const clause = [...head.matchAll(CLAUSE_END)].map((match) => match.index + match[0].length).at(-1);
    const space = head.lastIndexOf(' ');
    const cut = clause ?? (space > 0 ? space : wholeCharacters(head));
    pieces.push({ text: rest.slice(0, cut).trim(), pauseSeconds: NO_PAUSE });
    rest = rest.slice(cut).trim();
  }
  return [...pieces, { text: rest, pauseSeconds: SENTENCE_PAUSE }];
}

function wholeCharacters(head: string): number {
  return /[\ud800-\udbff]$/.test(head) ? head.length - 1 : head.length;
}
