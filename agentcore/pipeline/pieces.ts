/**
 * Cuts a growing answer into pieces to be spoken. The first piece ends at the first clause that leaves a few words,
 * so that speech starts early; later ones at sentences. A piece goes out the moment its punctuation arrives.
 */

/** gTTS's own limit: one piece is one request. */
export const MAX_PIECE_CHARS = 100;
const MIN_FIRST_WORDS = 3;

const SENTENCE_END = /[.?!…。！？]/u;
const CLAUSE_END = /[,;:—，；：、]/u;
/** Quotes and brackets that close belong to the sentence before them. */
const CLOSERS = /^["'”’)\]»]+/u;
const ABBREVIATIONS = new Set(
  'mr mrs ms dr prof sr jr st mt vs etc eg ie cf al fig figs eq eqs no nos vol ch sec pp ed eds inc ltd co corp dept est approx ca resp viz jan feb mar apr jun jul aug sep sept oct nov dec'.split(
    ' ',
  ),
);

type Boundary = 'sentence' | 'clause' | 'none' | 'unknown';

/**
 * What the character at `index` of `text` ends. `unknown` where the next character decides and has not come yet:
 * "3." may become "3.5".
 */
export function boundaryAt(text: string, index: number): Boundary {
  const char = text[index] ?? '';
  if (char === '\n') return 'sentence';
  if (SENTENCE_END.test(char)) return char === '.' ? boundaryAtPeriod(text, index) : 'sentence';
  if (CLAUSE_END.test(char)) return insideNumber(text, index) ?? 'clause';
  // An en dash or a hyphen is a clause's end only between spaces.
  if (/[–-]/u.test(char) && text[index - 1] === ' ') {
    const next = text[index + 1];
    if (next === undefined) return 'unknown';
    return next === ' ' ? 'clause' : 'none';
  }
  return 'none';
}

function boundaryAtPeriod(text: string, index: number): Boundary {
  const number = insideNumber(text, index);
  if (number !== undefined) return number;
  const next = text[index + 1];
  if (next !== undefined && /[\p{L}\p{N}.]/u.test(next)) return 'none';
  const word = /[\p{L}.]+$/u.exec(text.slice(0, index))?.[0] ?? '';
  // An initial ("J.") or letters with periods between them ("U.S.", "e.g.").
  if (/^\p{L}$/u.test(word)) return /^[Ia]$/.test(word) ? 'sentence' : 'none';
  if (/^(?:\p{L}\.)+\p{L}$/u.test(word)) return 'none';
  return ABBREVIATIONS.has(word.toLowerCase()) ? 'none' : 'sentence';
}

/** Between digits a mark is part of a number; after one, the next character decides. */
function insideNumber(text: string, index: number): Boundary | undefined {
  if (!/\p{N}/u.test(text[index - 1] ?? '')) return undefined;
  const next = text[index + 1];
  if (next === undefined) return 'unknown';
  return /\p{N}/u.test(next) ? 'none' : undefined;
}

const countWords = (text: string): number => text.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/** Whether anything in the text can be spoken. */
export const isSpeakable = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

/** A stateful cutter for one answer. */
export class PieceCutter {
  #buffer = '';
  #first = true;

  /** Takes the next part of the answer and gives the pieces that are complete with it. */
  push(delta: string): string[] {
    this.#buffer += delta;
    return this.#cut(false);
  }

  /** The answer has ended: gives what is left. */
  flush(): string[] {
    return this.#cut(true);
  }

  #cut(ended: boolean): string[] {
    const pieces: string[] = [];
    for (;;) {
      const end = this.#nextEnd(ended);
      if (end === undefined) return pieces;
      const piece = this.#buffer.slice(0, end).trim();
      this.#buffer = this.#buffer.slice(end);
      if (!isSpeakable(piece)) continue;
      this.#first = false;
      pieces.push(piece);
    }
  }

  /** Where the next piece ends in the buffer, or `undefined` where it has not ended yet. */
  #nextEnd(ended: boolean): number | undefined {
    const text = this.#buffer;
    const start = text.length - text.trimStart().length;
    const limit = start + MAX_PIECE_CHARS;
    let clauseEnd: number | undefined;
    for (let i = start; i < text.length && i < limit; i++) {
      const boundary = boundaryAt(text, i);
      if (boundary === 'none' || boundary === 'unknown') continue;
      const end = i + 1 + (CLOSERS.exec(text.slice(i + 1))?.[0].length ?? 0);
      if (end > limit) break;
      if (boundary === 'sentence') return end;
      clauseEnd = end;
      if (this.#first && countWords(text.slice(start, end)) >= MIN_FIRST_WORDS) return end;
    }
    if (text.length > limit) return clauseEnd ?? lastSpace(text, start, limit) ?? wholeCharacters(text, limit);
    return ended && text.length > 0 ? text.length : undefined;
  }
}

function lastSpace(text: string, start: number, limit: number): number | undefined {
  const space = text.lastIndexOf(' ', limit);
  return space > start ? space : undefined;
}

/** Never between the two halves of a surrogate pair. */
function wholeCharacters(text: string, limit: number): number {
  return /[\uD800-\uDBFF]/.test(text[limit - 1] ?? '') ? limit - 1 : limit;
}
