/**
 * The OpenAI error envelope, `{error: {message, type, param, code}}`, for every HTTP service here.
 * Source: https://platform.openai.com/docs/guides/error-codes; vLLM differs in that `code` is the HTTP status.
 */
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { SynapscribeError } from '../protocol/errors.ts';
import type { Logger } from './logger.ts';

export interface ErrorEnvelope {
  error: { message: string; type: string; param: string | null; code: string | number | null };
}

export interface HttpErrorOptions extends ErrorOptions {
  type?: string;
  param?: string | null;
  code?: string | number | null;
  headers?: Record<string, string>;
}

/** An error with an HTTP status, thrown in a handler and rendered by `errorHandler`. */
export class HttpError extends Error {
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | number | null;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(message, options);
    this.name = 'HttpError';
    this.status = status;
    this.type = options.type ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
    this.param = options.param ?? null;
    this.code = options.code ?? null;
    this.headers = options.headers ?? {};
  }
}

/** Any thrown value as an `HttpError`, body-parser's and the protocol's own errors included. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof SynapscribeError) {
    return new HttpError(error.status, error.message, {
      param: error.param,
      code: error.code,
      // OpenAI's clients retry, or do not, as this header says.
      headers: { 'x-should-retry': String(error.retryable) },
      cause: error,
    });
  }
  if (error instanceof URIError) return new HttpError(400, 'The address is not well encoded.', { code: 'bad_request' });
  const status = bodyParserStatus(error);
  if (status === 413) {
    return new HttpError(413, 'The request body is too large.', { code: 'request_too_large', cause: error });
  }
  if (status === 415) {
    const message = 'The request body must be JSON in UTF-8, as it is or compressed by gzip, deflate or br.';
    return new HttpError(415, message, { code: 'unsupported_media_type', cause: error });
  }
  if (status !== undefined) {
    return new HttpError(status, 'The request body is not valid JSON.', { code: 'invalid_json', cause: error });
  }
  return new HttpError(500, 'Something went wrong on our side.', { code: 'internal', cause: error });
}

/** http-errors, which body-parser throws, carry `expose` and a 4xx `status`. */
function bodyParserStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('expose' in error) || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

export function sendError(res: Response, error: HttpError): void {
  const body: ErrorEnvelope = {
    error: { message: error.message, type: error.type, param: error.param, code: error.code },
  };
  res.status(error.status).set(error.headers).json(body);
}

/** Renders what handlers throw. After the headers are out nothing can be said: the socket is destroyed. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error: unknown, req, res, _next) => {
    const httpError = toHttpError(error);
    if (httpError.status >= 500) log.error({ err: error, method: req.method, path: req.path }, 'request failed');
    if (res.headersSent) {
      res.destroy();
      return;
    }
    sendError(res, httpError);
  };
}

export const notFoundHandler: RequestHandler = (req) => {
  throw new HttpError(404, `There is no ${req.method} ${req.path} here.`, { code: 'not_found' });
};
