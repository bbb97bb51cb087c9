/** Under which name an answer is kept: everything that decides how it sounds, and in which format it was written. */
import { createHash } from 'node:crypto';

/** Raised when the same order would be spoken or written otherwise than before: what is kept is then made anew. */
const VERSION = 1;

export interface AnswerTraits {
  text: string;
  /** Who speaks: what one engine said in another's place is not found once that one is back. */
  engine: string;
  voice: string;
  language: string;
  tld: string;
  speed: number;
  slow: boolean;
  format: string;
}

/** 64 hexadecimal digits. */
export function answerKey({ text, engine, voice, language, tld, speed, slow, format }: AnswerTraits): string {
  const traits = [VERSION, engine, voice, language, tld, speed, slow, format, text];
  return createHash('sha256').update(JSON.stringify(traits)).digest('hex');
}
