/** A text's sentences, searchable by one question word at a time: by stem, by root, by meaning and by spelling. */
import MiniSearch from 'minisearch';
import type { Sentence } from './sentences.ts';
import { termsOf, type Term } from './terms.ts';

interface IndexedSentence {
  id: number;
  stem: string;
  root: string;
  meaning: string;
  sound: string;
}

/** How surely the word itself is meant: 1 for the same stem, less for a word derived from it, like it, spelt like it. */
const SAME_ROOT = 0.95;
export const SAME_MEANING = 0.65;
const SAME_SOUND = 0.6;
const SAME_SPELLING = 0.6;
export const NEAR_SOUND = 0.5;
/** Shorter words sound or look like too many others. */
const MIN_SOUND = 3;
const MIN_SPELLING = 4;
const MIN_NEAR_SOUND = 4;
const MIN_NAME = 3;

const SURE = 0.9;

/** A question word's places in a text. */
export interface TermHits {
  /** By the sentence's position, from 0 to 1: how surely the word is meant there. */
  certainty: ReadonlyMap<number, number>;
  /** Inverse document frequency: the fewer sentences hold the word itself, the more a match says. */
  rarity: number;
}

export class SentenceIndex {
  readonly sentences: readonly Sentence[];
  readonly #search: MiniSearch<IndexedSentence>;
  readonly #lengths: number[];
  readonly #meanLength: number;

  constructor(sentences: readonly Sentence[]) {
    this.sentences = sentences;
    const terms = sentences.map(({ text }) => termsOf(text));
    this.#lengths = terms.map(({ length }) => length);
    this.#meanLength = this.#lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, terms.length);
    this.#search = new MiniSearch<IndexedSentence>({
      fields: ['stem', 'root', 'meaning', 'sound'],
      tokenize: (text) => text.split(' '),
      processTerm: (term) => (term === '' ? null : term),
    });
    this.#search.addAll(
      terms.map((all, id) => ({
        id,
        stem: all.map(({ stem }) => stem).join(' '),
        root: all.map(({ root }) => root).join(' '),
        sound: all.map(({ sound }) => sound).join(' '),
        meaning: all.flatMap(({ meanings }) => meanings.map(String)).join(' '),
      })),
    );
  }

  /** @param isName then also what begins like it, or sounds nearly like it: recognizers know few names */
  find({ stem, root, meanings, sound }: Term, isName = false): TermHits {
    const certainty = new Map<number, number>();
    // From the surest to the least sure: what is known stays.
    this.#collect(certainty, [stem], 'stem', 1);
    this.#collect(certainty, [root], 'root', SAME_ROOT);
    this.#collect(certainty, meanings.map(String), 'meaning', SAME_MEANING);
    const sure = [...certainty.values()].filter((value) => value >= SURE).length;
    if (sure === 0 && !/\d/.test(stem)) {
      this.#collectMisheard(certainty, stem, sound);
      if (isName && stem.length >= MIN_NAME) this.#collect(certainty, [stem], 'stem', SAME_SPELLING, { prefix: true });
    }
    return { certainty, rarity: this.#rarity(sure) };
  }

  /** A sentence's length against the mean of all, in words that carry content. */
  relativeLength(position: number): number {
    return (this.#lengths[position] ?? 0) / Math.max(1, this.#meanLength);
  }

  /** What a recognizer made another word of: it sounds alike, or differs by a letter or two. */
  #collectMisheard(into: Map<number, number>, stem: string, sound: string): void {
    if (sound.length >= MIN_SOUND) this.#collect(into, [sound], 'sound', SAME_SOUND);
    if (sound.length >= MIN_NEAR_SOUND) this.#collect(into, [sound], 'sound', NEAR_SOUND, { fuzzy: 1 });
    const letters = stem.length >= 7 ? 2 : 1;
    if (stem.length >= MIN_SPELLING) this.#collect(into, [stem], 'stem', SAME_SPELLING, { fuzzy: letters });
  }

  #collect(
    into: Map<number, number>,
    queries: string[],
    field: keyof IndexedSentence,
    value: number,
    how: { fuzzy?: number; prefix?: boolean } = {},
  ): void {
    if (queries.length === 0) return;
    for (const { id } of this.#search.search({ queries, combineWith: 'OR', fields: [field], ...how })) {
      const position = Number(id);
      if (!into.has(position)) into.set(position, value);
    }
  }

  /** Of a word that one sentence holds. */
  get maxRarity(): number {
    return this.#rarity(1);
  }

  /** As BM25 has it. */
  #rarity(holding: number): number {
    return Math.log(1 + (this.sentences.length - holding + 0.5) / (holding + 0.5));
  }
}
