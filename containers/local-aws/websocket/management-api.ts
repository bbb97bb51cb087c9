/**
 * API Gateway's `@connections`: post to, look at and close a connection.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AuthFailure } from '../auth/auth-failure.ts';
import { gatewayRefusal } from '../auth/json-failure.ts';
import type { SignatureVerifier } from '../auth/sigv4.ts';
import { readBody } from '../support/read-body.ts';
import { parseRequestTarget } from '../support/request-target.ts';
import { isConnectionId } from './event.ts';
import { MAX_MESSAGE_BYTES, STAGE, type WebSocketGateway } from './gateway.ts';

const PATH = new RegExp(`^/${STAGE}/(?:@|%40)connections/([^/?]+)$`, 'i');
/** A body beyond its limit is read this far, to be answered with 413, before its hash can be checked. */
const MAX_READ_BYTES = 1024 * 1024;

class ApiError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** Whether a request's address is one of `@connections`. */
export const isManagementRequest = (url: string | undefined): boolean => PATH.test((url ?? '').split('?')[0] ?? '');

export async function handleManagementRequest(
  req: IncomingMessage,
  res: ServerResponse,
  { gateway, verifier }: { gateway: WebSocketGateway; verifier: SignatureVerifier },
): Promise<void> {
  try {
    const body = await readBody(req, MAX_READ_BYTES);
    if (body === undefined) throw payloadTooLarge();
    const connectionId = await authorise(req, body, verifier);
    answer(req.method ?? 'GET', connectionId, body, gateway, res);
  } catch (error) {
    sendError(res, toApiError(error));
  }
}

/** @returns the connection's id from the path */
async function authorise(req: IncomingMessage, body: Buffer, verifier: SignatureVerifier): Promise<string> {
  let target;
  let connectionId: string;
  try {
    target = parseRequestTarget(req.url ?? '/');
    connectionId = decodeURIComponent(PATH.exec(target.rawPath)?.[1] ?? '');
  } catch {
    throw new ApiError(400, 'BadRequestException', 'The request path is not well-formed.');
  }
  const request = { ...target, method: req.method ?? 'GET', headers: req.headers, body };
  const principal = await verifier.verify(request, 'execute-api');
  if (principal.kind === 'guest') {
    throw new AuthFailure('denied', 'This guest is not authorized to perform: execute-api:ManageConnections');
  }
  return connectionId;
}

function answer(
  method: string,
  connectionId: string,
  body: Buffer,
  gateway: WebSocketGateway,
  res: ServerResponse,
): void {
  if (!isConnectionId(connectionId)) {
    throw new ApiError(400, 'BadRequestException', `Invalid connectionId: ${connectionId.slice(0, 64)}`);
  }
  if (body.length > MAX_MESSAGE_BYTES) throw payloadTooLarge();
  const connection = gateway.find(connectionId);
  if (connection === undefined) throw new ApiError(410, 'GoneException', 'Gone');
  switch (method) {
    case 'POST':
      if (connection.isCongested) {
        throw new ApiError(429, 'LimitExceededException', 'The client does not read what it is sent.');
      }
      connection.send(body.toString());
      res.writeHead(200, { 'content-length': 0 }).end();
      return;
    case 'GET': {
      const { connectedAt, sourceIp, userAgent } = connection.facts;
      const described = {
        connectedAt: new Date(connectedAt).toISOString(),
        identity: { sourceIp, userAgent },
        lastActiveAt: new Date(connection.lastActiveAt).toISOString(),
      };
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(described));
      return;
    }
    case 'DELETE':
      connection.close(1000, 'Connection Closed Normally');
      res.writeHead(204).end();
      return;
    default:
      throw new ApiError(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
}

const payloadTooLarge = () => new ApiError(413, 'PayloadTooLargeException', 'Message too long');

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof AuthFailure) {
    const { type, message } = gatewayRefusal(error);
    return new ApiError(403, type, message);
  }
  return new ApiError(500, 'InternalServerErrorException', 'Internal server error');
}

function sendError(res: ServerResponse, { status, type, message }: ApiError): void {
  if (res.headersSent || res.destroyed) return;
  res.writeHead(status, { 'content-type': 'application/json', 'x-amzn-ErrorType': type });
  res.end(JSON.stringify({ message, connectionId: undefined }));
}
