/** Refusals as the JSON services (DynamoDB, Cognito) and as API Gateway put them. */
import type { ServerResponse } from 'node:http';
import { AuthFailure, type AuthFailureKind } from './auth-failure.ts';

const EXCEPTIONS: Record<AuthFailureKind, string> = {
  missing: 'MissingAuthenticationTokenException',
  malformed: 'IncompleteSignatureException',
  'unknown-key': 'UnrecognizedClientException',
  'bad-signature': 'InvalidSignatureException',
  'expired-token': 'ExpiredTokenException',
  'expired-request': 'InvalidSignatureException',
  'skewed-clock': 'InvalidSignatureException',
  denied: 'AccessDeniedException',
};

/** An error of a JSON service, thrown where it is known. */
export class JsonServiceError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = 'JsonServiceError';
    this.type = type;
    this.status = status;
  }
}

/** Any thrown value as an error of a JSON service; what is unknown tells nothing. */
export function toJsonServiceError(error: unknown): JsonServiceError {
  if (error instanceof JsonServiceError) return error;
  if (error instanceof AuthFailure) return new JsonServiceError(EXCEPTIONS[error.kind], error.message);
  return new JsonServiceError('InternalServerError', 'The request processing has failed.', 500);
}

/** As DynamoDB and Cognito send it: the type in the body. */
export function sendJsonServiceError(res: ServerResponse, error: JsonServiceError): void {
  const body = JSON.stringify({ __type: `com.amazon.coral.service#${error.type}`, message: error.message });
  res.writeHead(error.status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': error.type });
  res.end(body);
}

/** As API Gateway sends it: 403, the type in a header. */
export function gatewayRefusal(error: AuthFailure): { type: string; message: string } {
  return {
    type: EXCEPTIONS[error.kind],
    message: error.kind === 'missing' ? 'Missing Authentication Token' : error.message,
  };
}
