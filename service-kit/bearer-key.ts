/** Asks for one key as a bearer token (RFC 6750, section 2.1), compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { HttpError } from './http-errors.ts';

/** As OpenAI's API refuses. */
const refuseLikeOpenAi: RequestHandler = () => {
  throw new HttpError(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
};

/** Lets pass what carries `Authorization: Bearer <key>`; `refuse` answers the rest. */
export function requireKey(key: string, refuse: RequestHandler = refuseLikeOpenAi): RequestHandler {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${key}`);
  return (req, res, next) => {
    if (!timingSafeEqual(digest(req.get('authorization') ?? ''), expected)) return refuse(req, res, next);
    next();
    return undefined;
  };
}
