/** API Gateway's WebSocket API for one machine: the handshake, the routes, the Lambda's answers. */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Logger } from '../../../service-kit/logger.ts';
import { AuthFailure } from '../auth/auth-failure.ts';
import { gatewayRefusal } from '../auth/json-failure.ts';
import type { Principal } from '../auth/principal.ts';
import type { SignatureVerifier } from '../auth/sigv4.ts';
import { invoke, type LambdaFunction } from '../lambda.ts';
import { parseRequestTarget, queryValue, type RequestTarget } from '../support/request-target.ts';
import { TimeoutError, withTimeout } from '../support/with-timeout.ts';
import { Connection, type ConnectionLimits } from './connection.ts';
import {
  createConnectEvent,
  createDisconnectEvent,
  createGatewayId,
  createMessageEvent,
  type ConnectionFacts,
  type WebSocketEvent,
} from './event.ts';

export const STAGE = 'Prod';
export const MAX_MESSAGE_BYTES = 128 * 1024;
/** Messages of one client in work at once; AWS throttles as well. */
const MAX_CONCURRENT_MESSAGES = 100;
/** The actions that have a route of their own. */
export const MESSAGE_ROUTES: ReadonlySet<string> = new Set(['query', 'upload', 'cancel']);
const SHUTDOWN_MS = 3_000;

export interface GatewayOptions {
  verifier: SignatureVerifier;
  handler: LambdaFunction;
  identityPoolId: string;
  integrationTimeoutMs: number;
  limits: ConnectionLimits;
  log: Logger;
}

/** What a Lambda proxy integration may answer. */
const responseSchema = z.object({
  statusCode: z.coerce.number().int().optional(),
  body: z.string().nullish(),
  headers: z.record(z.string(), z.coerce.string()).nullish(),
});

class Refusal extends Error {
  readonly status: number;
  readonly type: string | undefined;

  constructor(status: number, message: string, type?: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

export class WebSocketGateway {
  readonly #options: GatewayOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => false,
  });
  readonly #connections = new Map<string, Connection>();
  readonly #inWork = new Map<string, number>();
  readonly #disconnects = new Set<Promise<void>>();
  #isStopping = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** An open connection. */
  find(connectionId: string): Connection | undefined {
    const connection = this.#connections.get(connectionId);
    return connection?.isOpen === true ? connection : undefined;
  }

  /** The `upgrade` of the HTTP server: `$connect` runs first, and only then is the connection made. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until `ws` takes the socket, nobody else hears of its errors.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    this.#connect(req, socket, head).catch((error: unknown) => {
      if (!(error instanceof Refusal)) this.#options.log.error({ err: error }, 'handshake failed');
      refuse(socket, error instanceof Refusal ? error : new Refusal(500, 'Internal server error'));
    });
  }

  /** Closes all connections with 1001 and lets `$disconnect` run for each, up to a bound. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const open = [...this.#connections.values()];
    const closed = open.map((connection) => new Promise<void>((resolve) => this.#whenClosed(connection, resolve)));
    for (const connection of open) connection.close(1001, 'Going away');
    const ended = Promise.all(closed).then(() => Promise.all(this.#disconnects));
    await withTimeout(ended, SHUTDOWN_MS).catch(() => undefined);
    this.#server.close();
  }

  readonly #closeListeners = new Map<Connection, () => void>();
  #whenClosed(connection: Connection, listener: () => void): void {
    this.#closeListeners.set(connection, listener);
  }

  async #connect(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const target = readTarget(req);
    const principal = await this.#authorise(req, target);
    const facts: ConnectionFacts = {
      connectionId: createGatewayId(),
      connectedAt: Date.now(),
      domainName: req.headers.host ?? 'localhost',
      stage: STAGE,
      sourceIp: req.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
      userAgent: req.headers['user-agent'] ?? '',
    };
    const handshake = {
      headers: flattenHeaders(req),
      query: target.query,
      identityId: principal.kind === 'guest' ? principal.identityId : undefined,
      identityPoolId: this.#options.identityPoolId,
      accessKeyId: queryValue(target.query, 'X-Amz-Credential')?.split('/')[0],
    };
    await this.#admit(createConnectEvent(facts, handshake, Date.now()));
    if (socket.destroyed || this.#isStopping) {
      this.#disconnect(facts, 1006, 'Connection closed before it was made');
      throw new Refusal(503, 'Service Unavailable');
    }
    this.#server.handleUpgrade(req, socket, head, (webSocket) => {
      const connection = new Connection(webSocket, socket, head, {
        facts,
        limits: this.#options.limits,
        onMessage: (from, text) => void this.#receive(from, text),
        onClose: (gone, code, reason) => {
          this.#connections.delete(facts.connectionId);
          this.#disconnect(facts, code, reason);
          this.#closeListeners.get(gone)?.();
          this.#closeListeners.delete(gone);
        },
      });
      this.#connections.set(facts.connectionId, connection);
    });
  }

  async #authorise(req: IncomingMessage, target: RequestTarget): Promise<Principal> {
    const request = { ...target, method: req.method ?? 'GET', headers: req.headers };
    try {
      return await this.#options.verifier.verify(request, 'execute-api');
    } catch (error) {
      if (!(error instanceof AuthFailure)) throw error;
      const { type, message } = gatewayRefusal(error);
      throw new Refusal(403, message, type);
    }
  }

  /** Runs `$connect`. @throws Refusal unless the Lambda answers with a 2xx */
  async #admit(event: WebSocketEvent): Promise<void> {
    let status: number;
    try {
      const answer = responseSchema.parse(await this.#integrate(event));
      status = answer.statusCode ?? 502;
    } catch (error) {
      if (error instanceof TimeoutError) throw new Refusal(504, 'Endpoint request timed out');
      this.#options.log.error({ err: error, routeKey: '$connect' }, 'the Lambda failed');
      throw new Refusal(502, 'Internal server error');
    }
    if (status < 200 || status > 299) throw new Refusal(status < 400 ? 502 : status, STATUS_CODES[status] ?? 'Refused');
  }

  async #receive(connection: Connection, text: string): Promise<void> {
    const { connectionId } = connection.facts;
    const inWork = this.#inWork.get(connectionId) ?? 0;
    const event = createMessageEvent(connection.facts, chooseRoute(text), text, Date.now());
    const fail = (message: string): void => {
      const { requestId } = event.requestContext;
      connection.send(JSON.stringify({ message, connectionId, requestId }));
    };
    if (inWork >= MAX_CONCURRENT_MESSAGES) {
      fail('Too Many Requests');
      return;
    }
    this.#inWork.set(connectionId, inWork + 1);
    try {
      const answer = await this.#integrate(event);
      if (answer === undefined || answer === null) return;
      const { body } = responseSchema.parse(answer);
      if (body !== undefined && body !== null && body !== '') connection.send(body);
    } catch (error) {
      const isTimeout = error instanceof TimeoutError;
      const { routeKey } = event.requestContext;
      this.#options.log.error({ err: error, connectionId, routeKey }, 'the Lambda failed');
      fail(isTimeout ? 'Endpoint request timed out' : 'Internal server error');
    } finally {
      const left = (this.#inWork.get(connectionId) ?? 1) - 1;
      if (left === 0) this.#inWork.delete(connectionId);
      else this.#inWork.set(connectionId, left);
    }
  }

  /** Best effort, as on AWS. */
  #disconnect(facts: ConnectionFacts, code: number, reason: string): void {
    const event = createDisconnectEvent(facts, { code, reason }, Date.now());
    const done = this.#integrate(event).then(
      () => undefined,
      (error: unknown) => {
        this.#options.log.warn({ err: error, connectionId: facts.connectionId }, '$disconnect failed');
      },
    );
    this.#disconnects.add(done);
    void done.then(() => this.#disconnects.delete(done));
  }

  #integrate(event: WebSocketEvent): Promise<unknown> {
    return withTimeout(invoke(this.#options.handler, event), this.#options.integrationTimeoutMs);
  }
}

/** `$request.body.action`, where it names a route. */
export function chooseRoute(text: string): string {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return '$default';
  }
  if (typeof message !== 'object' || message === null || !('action' in message)) return '$default';
  const { action } = message;
  return typeof action === 'string' && MESSAGE_ROUTES.has(action) ? action : '$default';
}

function readTarget(req: IncomingMessage): RequestTarget {
  let target: RequestTarget;
  try {
    target = parseRequestTarget(req.url ?? '/');
  } catch {
    throw new Refusal(400, 'Bad Request');
  }
  if (target.rawPath.replace(/\/$/, '') !== `/${STAGE}`) throw new Refusal(403, 'Forbidden', 'ForbiddenException');
  return target;
}

function flattenHeaders(req: IncomingMessage): Record<string, string> {
  const entries = Object.entries(req.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value]],
  );
  return Object.fromEntries(entries);
}

function refuse(socket: Duplex, { status, message, type }: Refusal): void {
  const body = JSON.stringify({ message });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...(type === undefined ? [] : [`x-amzn-ErrorType: ${type}`]),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
