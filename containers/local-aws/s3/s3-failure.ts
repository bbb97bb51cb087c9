/** Errors as S3 puts them: a code, a sentence and a status, in XML. */
import type { ServerResponse } from 'node:http';
import S3Error from '@20minutes/s3rver/lib/models/error.js';
import { AuthFailure, type AuthFailureKind } from '../auth/auth-failure.ts';

/** An S3 error that s3rver renders as well, also where s3rver does not know its code. */
export function s3Failure(
  code: string,
  status: number,
  message: string,
  detail: Record<string, string | number> = {},
): S3Error {
  const error = new S3Error(code, message, detail);
  error.status = status;
  return error;
}

const AUTH_CODES: Record<AuthFailureKind, readonly [code: string, status: number]> = {
  missing: ['AccessDenied', 403],
  malformed: ['AuthorizationHeaderMalformed', 400],
  'unknown-key': ['InvalidAccessKeyId', 403],
  'bad-signature': ['SignatureDoesNotMatch', 403],
  'expired-token': ['ExpiredToken', 400],
  'expired-request': ['AccessDenied', 403],
  'skewed-clock': ['RequestTimeTooSkewed', 403],
  denied: ['AccessDenied', 403],
};

/** Any thrown value as an S3 error; what is unknown becomes InternalError and tells nothing. */
export function toS3Failure(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  if (error instanceof AuthFailure) {
    const [code, status] = AUTH_CODES[error.kind];
    return s3Failure(code, status, error.message);
  }
  return s3Failure('InternalError', 500, 'We encountered an internal error. Please try again.');
}

export function sendS3Failure(res: ServerResponse, error: S3Error): void {
  const body = error.toXML();
  res.writeHead(error.status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) });
  res.end(body);
}
