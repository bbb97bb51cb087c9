/**
 * HTTP to one model or speech server, with what Node's fetch does not let one say without undici as a dependency: how
 * long a connection may take to open, which idle connections to drop, and how names are looked up.
 */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { NameLookup } from './name-lookup.ts';

/** Opening a connection, its lookup and TLS included; long enough for one lost packet to be sent again. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Under the 5 s after which uvicorn and Node close a connection that is idle. */
const IDLE_MS = 4_000;

const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

interface Sent {
  response: http.IncomingMessage;
}

/** No connection was opened in time. */
export class ConnectTimeoutError extends Error {
  override name = 'ConnectTimeoutError';
}

export interface HttpClientOptions {
  connectTimeoutMs?: number;
  names?: NameLookup;
}

export class HttpClient {
  readonly #connectTimeoutMs: number;
  readonly #names: NameLookup;
  readonly #agents: Record<string, http.Agent>;

  constructor({ connectTimeoutMs = CONNECT_TIMEOUT_MS, names = new NameLookup() }: HttpClientOptions = {}) {
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#names = names;
    const options = { keepAlive: true, timeout: IDLE_MS, lookup: names.forConnect };
    this.#agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
  }

  /**
   * As the global `fetch`, for what the OpenAI client asks of it: bodies are strings, redirects are not followed.
   * A request on a kept connection that the server had closed meanwhile is sent once more, on a new one.
   */
  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { response } = await this.#send(url, init);
    const status = response.statusCode ?? 0;
    const headers = new Headers();
    for (const [name, values] of Object.entries(response.headersDistinct)) {
      for (const value of values ?? []) headers.append(name, value);
    }
    if (NO_BODY.has(status)) response.resume();
    return new Response(NO_BODY.has(status) ? null : bodyOf(response), { status, headers });
  };

  /** Resolves with the status of whatever the server answers, over a connection of its own. */
  async probe(address: string, signal: AbortSignal): Promise<number> {
    const url = new URL(address);
    const answered = await this.#request(url, { signal }, false).answer;
    const { statusCode = 0 } = answered.response;
    answered.response.destroy();
    return statusCode;
  }

  /** Connections that nothing uses may lead to a server that is no more. */
  dropIdle(): void {
    for (const agent of Object.values(this.#agents)) {
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
    }
  }

  async #send(url: URL, init: RequestInit): Promise<Sent> {
    const { answer, isStale } = this.#request(url, init, true);
    try {
      return await answer;
    } catch (error) {
      if (!isStale(error) || init.signal?.aborted === true) throw error;
      this.dropIdle();
      return await this.#request(url, init, true).answer;
    }
  }

  #request(
    url: URL,
    { method, headers, body, signal }: RequestInit,
    pooled: boolean,
  ): { answer: Promise<Sent>; isStale: (error: unknown) => boolean } {
    if (body !== undefined && body !== null && typeof body !== 'string') throw new TypeError('the body must be text');
    const payload = typeof body === 'string' ? Buffer.from(body) : undefined;
    const client = url.protocol === 'https:' ? https : http;
    const agent = pooled ? this.#agents[url.protocol] : false;
    const request = client.request(url, {
      method: method ?? 'GET',
      headers: {
        ...Object.fromEntries(new Headers(headers)),
        ...(payload && { 'content-length': payload.byteLength }),
      },
      lookup: this.#names.forConnect,
      ...(agent !== undefined && { agent }),
    });
    let limit: NodeJS.Timeout | undefined;
    request.once('socket', (socket) => {
      if (!isConnecting(socket)) return;
      limit = setTimeout(() => {
        request.destroy(new ConnectTimeoutError(`no connection within ${this.#connectTimeoutMs} ms`));
      }, this.#connectTimeoutMs);
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(limit));
    });
    const abort = (): void => void request.destroy(abortError(signal?.reason));
    request.once('close', () => {
      clearTimeout(limit);
      signal?.removeEventListener('abort', abort);
    });
    const answer = new Promise<Sent>((resolve, reject) => {
      request.once('response', (response) => resolve({ response }));
      request.on('error', reject);
    });
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    else request.end(payload);
    const isStale = (error: unknown): boolean => request.reusedSocket && isReset(error);
    return { answer, isStale };
  }
}

function isConnecting(socket: Socket & { secureConnecting?: boolean }): boolean {
  return socket.connecting || socket.secureConnecting === true;
}

const isReset = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** By its name clients tell an abort of their own from a failure. */
const abortError = (cause: unknown): Error =>
  new DOMException('The request was aborted.', { name: 'AbortError', cause });

/** The body as fetch gives it. Cancelling it, or aborting the request, closes the connection. */
function bodyOf(response: http.IncomingMessage): ReadableStream<Uint8Array> {
  return Readable.toWeb(response) as ReadableStream<Uint8Array>;
}
