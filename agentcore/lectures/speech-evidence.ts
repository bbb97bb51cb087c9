/**
 * Whether what a recogniser wrote is what somebody said. Recognisers answer music and noise with words of their own: a
 * "Thank you." now and then, or the same phrase over and over. What tells those from speech is how little they say for
 * so much sound, whatever the language.
 */
import type { TranscribedPiece } from './segments.ts';

/**
 * Letters and digits for a second of sound. Speech has ten and more, three to five where a sign is a syllable or a word,
 * and even slow speech over loud music has two.
 */
const MIN_PIECE_RATE = 1.5;
/** Of the whole recording, of which most may be something else than speech. */
const MIN_RATE = 0.5;
/** So many, a sentence or two, were said by somebody, however much else there is to hear. */
const ENOUGH_LETTERS = 100;

/**
 * Nothing is held against a recording of few words as long as they take up the sound there is: one word after half an
 * hour of silence is speech. What is said again in the same words counts once.
 */
export function holdsSpeech(pieces: readonly TranscribedPiece[]): boolean {
  let seconds = 0;
  let letters = 0;
  const said = new Set<string>();
  for (const { text, voiced } of pieces) {
    const pieceSeconds = voiced.reduce((sum, { start, end }) => sum + end - start, 0);
    const pieceLetters = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
    seconds += pieceSeconds;
    if (said.has(pieceLetters) || pieceLetters.length < MIN_PIECE_RATE * pieceSeconds) continue;
    said.add(pieceLetters);
    letters += pieceLetters.length;
  }
  return letters > 0 && (letters >= ENOUGH_LETTERS || letters >= MIN_RATE * seconds);
}
