/** One log line a request: its id, its path without the query, its status and its milliseconds. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from './logger.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;
/** Asked every few seconds by orchestrators: not worth a line. */
const QUIET = new Set(['/health', '/ready', '/metrics']);

/** Takes the caller's `x-request-id` where it is a sane one, and sends it back. */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const given = req.get('x-request-id');
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
    const startedAt = performance.now();
    res.setHeader('x-request-id', requestId);
    res.on('close', () => {
      if (QUIET.has(req.path)) return;
      const line = {
        requestId,
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
