/** What language a recording is said to be in: these ears know one. */
import type { HttpError } from '../../../service-kit/http-errors.ts';
import { badRequest } from '../openai/api-error.ts';
import type { ChatTurn } from '../engine.ts';

const NAMED = /\bspeech is in ([\p{L} ()]{2,40})\./iu;

/** The refusal, where the prompt of a recording names another language than English. */
export function refuseLanguage(turns: readonly ChatTurn[]): HttpError | undefined {
  const named = turns.flatMap(({ role, text }) => (role === 'user' ? (NAMED.exec(text)?.[1] ?? []) : []))[0];
  if (named === undefined || /\bEnglish\b/i.test(named)) return undefined;
  return badRequest(`The ears of this stand-in know English only; they cannot hear ${named}.`, 'language');
}
