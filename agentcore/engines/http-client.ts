/**
 * HTTP to one model or speech server: undici, told what Node's own fetch cannot be told: how long a connection may take
 * to open, which idle connections to drop, and how names are looked up.
 */
import { Agent, fetch, type Dispatcher } from 'undici';
import { wasConnectionDropped } from '../../service-kit/connection-dropped.ts';
import { NameLookup } from './name-lookup.ts';

/** Opening a connection, its lookup and TLS included; long enough for one lost packet to be sent again. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Under the 5 s after which uvicorn and Node close a connection that is idle. */
const IDLE_MS = 4_000;

export interface HttpClientOptions {
  connectTimeoutMs?: number;
  names?: NameLookup;
}

export class HttpClient {
  readonly #connectTimeoutMs: number;
  readonly #names: NameLookup;
  #agent: Agent;
  /** Connections opened so far. */
  #opened = 0;

  constructor({ connectTimeoutMs = CONNECT_TIMEOUT_MS, names = new NameLookup() }: HttpClientOptions = {}) {
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#names = names;
    this.#agent = this.#createAgent({ keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS });
  }

  /**
   * As the global `fetch`. A request on a kept connection that the server had closed meanwhile is sent once more, on a
   * new one.
   */
  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = input instanceof Request ? input.url : input;
    const opened = this.#opened;
    try {
      return await send(url, { ...init, redirect: 'manual', dispatcher: this.#agent });
    } catch (error) {
      const wasKept = this.#opened === opened;
      if (!wasKept || !wasConnectionDropped(error) || init.signal?.aborted === true) throw error;
      this.dropIdle();
      return await send(url, { ...init, redirect: 'manual', dispatcher: this.#agent });
    }
  };

  /** Resolves with the status of whatever the server answers, over a connection of its own. */
  async probe(url: string, signal: AbortSignal): Promise<number> {
    const agent = this.#createAgent({ pipelining: 0 });
    try {
      const { status } = await send(url, { signal, redirect: 'manual', dispatcher: agent });
      return status;
    } finally {
      void agent.destroy();
    }
  }

  /** Connections that nothing uses may lead to a server that is no more. Requests in work go on. */
  dropIdle(): void {
    const former = this.#agent;
    this.#agent = this.#createAgent({ keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS });
    void former.close();
  }

  #createAgent(options: Agent.Options): Agent {
    const agent = new Agent({
      ...options,
      connect: { timeout: this.#connectTimeoutMs, lookup: this.#names.forConnect },
      // Whoever waits has a limit of its own, and watches the server.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    agent.on('connect', () => this.#opened++);
    return agent;
  }
}

/** undici's fetch is the one that Node's global is made from; only the names of their types differ. */
const send = fetch as unknown as (
  url: string | URL,
  init: Omit<RequestInit, 'dispatcher'> & { dispatcher: Dispatcher },
) => Promise<Response>;
