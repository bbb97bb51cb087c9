/** vLLM's error bodies: `{error: {message, type, param, code}}` with the HTTP status as `code`. */
import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { ZodError } from 'zod';
import { HttpError, sendError, toHttpError } from '../../../service-kit/http-errors.ts';
import type { Logger } from '../../../service-kit/logger.ts';

/** What vLLM's own checks throw: the parameter's name and value end up in the message. */
export function badRequest(message: string, param?: string, value?: string | number): HttpError {
  const details = [
    ...(param === undefined ? [] : [`parameter=${param}`]),
    ...(value === undefined ? [] : [`value=${value}`]),
  ];
  const text = details.length === 0 ? message : `${message} (${details.join(', ')})`;
  return new HttpError(400, text, { type: 'BadRequestError', param: param ?? null, code: 400 });
}

/** What vLLM's schema refuses (pydantic's words are its own; place and cause are the same). */
export function validationError(error: ZodError): HttpError {
  const problems = error.issues.map((issue) => `  ('body', ${issue.path.join(', ')}): ${issue.message}`);
  const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'}:`;
  const [first] = error.issues;
  const param = first?.path.map(String).join('.');
  return new HttpError(400, [count, ...problems].join('\n'), {
    type: 'Bad Request',
    param: param === undefined || param === '' ? null : param,
    code: 400,
  });
}

export function modelNotFound(model: string): HttpError {
  return new HttpError(404, `The model \`${model}\` does not exist.`, {
    type: 'NotFoundError',
    param: 'model',
    code: 404,
  });
}

export function contextOverflow(limit: number, requested: number): HttpError {
  // vLLM stops counting once the prompt is known to be too long, hence "at least".
  const floor = Math.max(1, limit - requested + 1);
  return badRequest(
    `This model's maximum context length is ${limit} tokens. However, you requested ${requested} output tokens and ` +
      `your prompt contains at least ${floor} input tokens, for a total of at least ${floor + requested} tokens. ` +
      'Please reduce the length of the input prompt or the number of requested output tokens.',
    'input_tokens',
    floor,
  );
}

export const TOO_BUSY = 'Too many requests are waiting for this model. Please try again later.';

export function tooBusy(): HttpError {
  return new HttpError(503, TOO_BUSY, { type: 'ServiceUnavailableError', code: 503 });
}

/** The body of an error event in mid-stream. */
export function internalErrorBody(): string {
  return JSON.stringify({
    error: { message: 'Internal server error', type: 'InternalServerError', param: null, code: 500 },
  });
}

/** Renders whatever a handler throws, in vLLM's shape. */
export function vllmErrorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const httpError = toHttpError(error);
    if (httpError.status >= 500) log.error({ err: error, method: req.method, path: req.path }, 'request failed');
    if (res.headersSent) {
      res.destroy();
      return;
    }
    sendError(res, httpError.code === httpError.status ? httpError : inVllmShape(httpError));
  };
}

function inVllmShape({ status, message, headers }: HttpError): HttpError {
  const type = status === 500 ? 'InternalServerError' : (STATUS_CODES[status] ?? 'Bad Request');
  return new HttpError(status, status === 500 ? 'Internal server error' : message, { type, code: status, headers });
}

export const vllmNotFound: RequestHandler = () => {
  throw new HttpError(404, 'Not Found', { type: 'Not Found', code: 404 });
};
