/**
 * The events of a WebSocket API, with the fields that handlers read on AWS.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
 */
import { randomBytes } from 'node:crypto';
import type { Query } from '../support/request-target.ts';

export const API_ID = 'local';

export interface ConnectionFacts {
  connectionId: string;
  /** Epoch milliseconds. */
  connectedAt: number;
  /** As the client called this service: `host:port`. */
  domainName: string;
  stage: string;
  sourceIp: string;
  userAgent: string;
}

export interface HandshakeFacts {
  headers: Record<string, string>;
  query: Query;
  /** Who signed the handshake; a guest's identity. */
  identityId: string | undefined;
  identityPoolId: string;
  accessKeyId: string | undefined;
}

interface RequestContext {
  routeKey: string;
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT';
  messageDirection: 'IN';
  messageId?: string;
  extendedRequestId: string;
  requestId: string;
  /** As in a common log: 09/Nov/2026:08:06:00 +0000. */
  requestTime: string;
  requestTimeEpoch: number;
  connectedAt: number;
  connectionId: string;
  stage: string;
  domainName: string;
  apiId: string;
  identity: Record<string, string | null>;
  disconnectStatusCode?: number;
  disconnectReason?: string;
}

export interface WebSocketEvent {
  requestContext: RequestContext;
  isBase64Encoded: false;
  body?: string;
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
  queryStringParameters?: Record<string, string> | null;
  multiValueQueryStringParameters?: Record<string, string[]> | null;
}

/** The token form of API Gateway's ids: 15 characters and `=`. */
export const createGatewayId = (): string => `${randomBytes(11).toString('base64url')}=`;
export const isConnectionId = (text: string): boolean => /^[\w-]{15}=$/.test(text);

export function createConnectEvent(facts: ConnectionFacts, handshake: HandshakeFacts, now: number): WebSocketEvent {
  const { headers, query, identityId, identityPoolId, accessKeyId } = handshake;
  const parameters = Object.entries(query).map(([name, value]): [string, string[]] => [name, [value].flat()]);
  const hasQuery = parameters.length > 0;
  return {
    requestContext: {
      ...createContext(facts, '$connect', 'CONNECT', now),
      identity: {
        ...createIdentity(facts),
        accessKey: accessKeyId ?? null,
        cognitoIdentityId: identityId ?? null,
        cognitoIdentityPoolId: identityId === undefined ? null : identityPoolId,
        cognitoAuthenticationType: identityId === undefined ? null : 'unauthenticated',
        cognitoAuthenticationProvider: null,
        accountId: '000000000000',
        caller: null,
        user: null,
        userArn: null,
        principalOrgId: null,
      },
    },
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: hasQuery
      ? Object.fromEntries(parameters.map(([name, values]) => [name, values.at(-1) ?? '']))
      : null,
    multiValueQueryStringParameters: hasQuery ? Object.fromEntries(parameters) : null,
    isBase64Encoded: false,
  };
}

export function createMessageEvent(
  facts: ConnectionFacts,
  routeKey: string,
  body: string,
  now: number,
): WebSocketEvent {
  return {
    // Whether AWS repeats the identity of the handshake here is not proven, so it is not repeated.
    requestContext: { ...createContext(facts, routeKey, 'MESSAGE', now), messageId: createGatewayId() },
    body,
    isBase64Encoded: false,
  };
}

export function createDisconnectEvent(
  facts: ConnectionFacts,
  closed: { code: number; reason: string },
  now: number,
): WebSocketEvent {
  return {
    requestContext: {
      ...createContext(facts, '$disconnect', 'DISCONNECT', now),
      disconnectStatusCode: closed.code,
      disconnectReason: closed.reason,
    },
    headers: { Host: facts.domainName },
    multiValueHeaders: { Host: [facts.domainName] },
    isBase64Encoded: false,
  };
}

function createContext(
  facts: ConnectionFacts,
  routeKey: string,
  eventType: RequestContext['eventType'],
  now: number,
): RequestContext {
  const { connectionId, connectedAt, domainName, stage } = facts;
  const requestId = createGatewayId();
  return {
    routeKey,
    eventType,
    messageDirection: 'IN',
    extendedRequestId: requestId,
    requestId,
    requestTime: toCommonLogTime(now),
    requestTimeEpoch: now,
    connectedAt,
    connectionId,
    stage,
    domainName,
    apiId: API_ID,
    identity: createIdentity(facts),
  };
}

const createIdentity = ({ sourceIp, userAgent }: ConnectionFacts) => ({ sourceIp, userAgent });

function toCommonLogTime(now: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
