/** The one address of all AWS APIs: which service a request is for. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../service-kit/logger.ts';
import { answerCognito, type CognitoOptions } from './auth/cognito.ts';
import { AuthFailure } from './auth/auth-failure.ts';
import { JsonServiceError, sendJsonServiceError, toJsonServiceError } from './auth/json-failure.ts';
import type { SignatureVerifier } from './auth/sigv4.ts';
import type { LocalDynamo } from './dynamodb/local-dynamo.ts';
import type { S3Service } from './s3/s3-service.ts';
import type { LocalAwsMetrics } from './metrics.ts';
import { handleCors } from './support/cors.ts';
import type { DiskSpace } from './support/disk-space.ts';
import { readBody } from './support/read-body.ts';
import { parseRequestTarget } from './support/request-target.ts';
import { handleManagementRequest, isManagementRequest } from './websocket/management-api.ts';
import type { WebSocketGateway } from './websocket/gateway.ts';

/** DynamoDB's own limit on a request. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
/** Before a signature has been seen. */
const MAX_UNSIGNED_BYTES = 64 * 1024;

export interface AwsEndpointOptions {
  s3: S3Service;
  dynamo: LocalDynamo;
  gateway: WebSocketGateway;
  verifier: SignatureVerifier;
  cognito: CognitoOptions;
  /** Origins of pages that are not on this machine. */
  origins: readonly string[];
  metrics: LocalAwsMetrics;
  space: DiskSpace;
  log: Logger;
}

export function createAwsEndpoint(options: AwsEndpointOptions): (req: IncomingMessage, res: ServerResponse) => void {
  const { s3, gateway, verifier, origins, metrics, space, log } = options;
  return (req, res) => {
    const target = req.headers['x-amz-target']?.toString();
    const requestId = randomUUID();
    res.setHeader('x-amz-request-id', requestId);
    res.setHeader('x-amzn-requestid', requestId);
    if (handleCors(req, res, origins)) return;
    if (req.method === 'GET' && req.url === '/health') {
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(space.health));
      return;
    }
    let done: Promise<void>;
    if (target !== undefined) done = handleJsonService(req, res, target, options);
    else if (req.method === 'GET' && req.url === '/metrics') done = sendMetrics(res, metrics);
    else if (isManagementRequest(req.url)) done = handleManagementRequest(req, res, { gateway, verifier });
    else done = s3.handle(req, res);
    done.catch((error: unknown) => {
      log.error({ err: error }, 'request failed');
      res.destroy();
    });
  };
}

async function sendMetrics(res: ServerResponse, metrics: LocalAwsMetrics): Promise<void> {
  const text = await metrics.render();
  res.writeHead(200, { 'content-type': metrics.contentType }).end(text);
}

async function handleJsonService(
  req: IncomingMessage,
  res: ServerResponse,
  target: string,
  { dynamo, verifier, cognito, log }: AwsEndpointOptions,
): Promise<void> {
  try {
    const [service = '', operation = ''] = target.split('.');
    const isDynamo = service.startsWith('DynamoDB_');
    const body = await readBody(req, isDynamo ? MAX_JSON_BYTES : MAX_UNSIGNED_BYTES);
    if (body === undefined) throw new JsonServiceError('RequestTooLargeException', 'The request is too large.', 413);
    if (isDynamo) {
      const signed = { ...readTarget(req), method: req.method ?? 'POST', headers: req.headers, body };
      const principal = await verifier.verify(signed, 'dynamodb');
      await dynamo.handle(req, res, body, principal);
      return;
    }
    if (service !== 'AWSCognitoIdentityService') {
      throw new JsonServiceError('UnknownOperationException', `There is no ${target} here.`);
    }
    const answer = JSON.stringify(answerCognito(operation, body, cognito));
    res.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(answer);
  } catch (error) {
    const failure = toJsonServiceError(error);
    // A full disk is told of once, not with each request.
    if (failure.status >= 500 && error !== failure) log.error({ err: error, target }, 'request failed');
    if (!res.headersSent) sendJsonServiceError(res, failure);
  }
}

function readTarget(req: IncomingMessage): ReturnType<typeof parseRequestTarget> {
  try {
    return parseRequestTarget(req.url ?? '/');
  } catch {
    throw new AuthFailure('malformed', 'The request path is not well-formed.');
  }
}
