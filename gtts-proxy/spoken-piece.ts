/** What the offline voices speak in one go. */

/** A piece of text, and the silence after it. The last piece has none. */
export interface SpokenPiece {
  text: string;
  pauseSeconds: number;
}

/** In seconds: after a sentence, and where a sentence had to be cut. */
export const SENTENCE_PAUSE = 0.4;
export const NO_PAUSE = 0.03;
