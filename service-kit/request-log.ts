/** Every request's id, and one log line a request: its id, its path without the query, its status and its milliseconds. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from './logger.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;
/** Asked every few seconds by orchestrators: not worth a line. */
const QUIET = new Set(['/health', '/ready', '/metrics']);

/** Sends an `x-request-id`, the caller's where it is a sane one: OpenAI's clients show it in their errors. */
export const requestId: RequestHandler = (req, res, next) => {
  sendRequestId(req, res);
  next();
};

/** `requestId`, and a line once the request is over. */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const id = sendRequestId(req, res);
    const startedAt = performance.now();
    res.on('close', () => {
      if (QUIET.has(req.path)) return;
      const line = {
        requestId: id,
        method: req.method,
        path: req.path,
        status: res.statusCode,
        aborted: !res.writableEnded,
        ms: Math.round(performance.now() - startedAt),
      };
      log.info(line, 'request');
    });
    next();
  };
}

function sendRequestId(req: Request, res: Response): string {
  const given = req.get('x-request-id');
  const id = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  res.setHeader('x-request-id', id);
  return id;
}
