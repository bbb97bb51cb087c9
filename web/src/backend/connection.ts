/** The WebSocket: opened, kept, and opened again for as long as the page is there. */
import { signal, type ReadonlySignal } from '@preact/signals';
import { isGatewayFailure } from '../../../client/gateway-failure.ts';
import { PING_INTERVAL_MS } from '../../../client/timing.ts';
import { serverMessageSchema, type ClientMessage, type ServerMessage } from '../../../protocol/messages.ts';
import { backoffMs } from './backoff.ts';
import { Guest } from './guest.ts';

export type ConnectionState =
  | { kind: 'connecting'; failures: number }
  | { kind: 'open' }
  /** `retryAt` is in epoch milliseconds. */
  | { kind: 'waiting'; failures: number; retryAt: number };

/** `gateway-failure`: the API could not carry a message of ours; it does not tell which. */
export type Received = ServerMessage | { type: 'gateway-failure' };

const HANDSHAKE_TIMEOUT_MS = 15_000;
/** A connection that looks open and does not answer a ping for so long is dead: a phone has slept. */
const PONG_TIMEOUT_MS = 8_000;

export class Connection {
  readonly #state = signal<ConnectionState>({ kind: 'connecting', failures: 0 });
  readonly #listeners = new Set<(received: Received) => void>();
  #guest: Promise<Guest> | undefined;
  #socket: WebSocket | undefined;
  #retry: number | undefined;
  #pinging: number | undefined;
  #pongDue: number | undefined;
  #failures = 0;

  get state(): ReadonlySignal<ConnectionState> {
    return this.#state;
  }

  /** The guest that this page is; a failure is not kept. */
  guest(): Promise<Guest> {
    this.#guest ??= Guest.create().catch((error: unknown) => {
      this.#guest = undefined;
      throw error;
    });
    return this.#guest;
  }

  start(): void {
    addEventListener('online', () => this.retryNow());
    addEventListener('offline', () => this.#drop());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#checkAlive();
    });
    void this.#open();
  }

  retryNow(): void {
    if (this.#state.peek().kind !== 'waiting') return;
    clearTimeout(this.#retry);
    void this.#open();
  }

  /** @returns false where there is no open connection */
  send(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** @returns what takes the listener away */
  listen(listener: (received: Received) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #open(): Promise<void> {
    this.#state.value = { kind: 'connecting', failures: this.#failures };
    try {
      const guest = await this.guest();
      if (this.#failures > 0) guest.renew();
      this.#use(await openSocket(await guest.webSocketUrl()));
    } catch {
      this.#waitAndRetry();
    }
  }

  #use(socket: WebSocket): void {
    this.#socket = socket;
    this.#failures = 0;
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    socket.addEventListener('close', () => this.#lost(socket));
    clearInterval(this.#pinging);
    this.#pinging = window.setInterval(() => this.send({ action: 'ping' }), PING_INTERVAL_MS);
    this.#state.value = { kind: 'open' };
  }

  /** A socket whose network has gone tells its end much later, or never. */
  #drop(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    socket.close();
    this.#lost(socket);
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    clearInterval(this.#pinging);
    clearTimeout(this.#pongDue);
    this.#pongDue = undefined;
    this.#waitAndRetry();
  }

  #waitAndRetry(): void {
    this.#failures++;
    const wait = backoffMs(this.#failures);
    this.#retry = window.setTimeout(() => void this.#open(), wait);
    this.#state.value = { kind: 'waiting', failures: this.#failures, retryAt: Date.now() + wait };
  }

  #checkAlive(): void {
    this.retryNow();
    if (this.#pongDue !== undefined || !this.send({ action: 'ping' })) return;
    this.#pongDue = window.setTimeout(() => this.#drop(), PONG_TIMEOUT_MS);
  }

  #receive(data: unknown): void {
    clearTimeout(this.#pongDue);
    this.#pongDue = undefined;
    const raw = parseJson(data);
    const received = isGatewayFailure(raw)
      ? ({ type: 'gateway-failure' } as const)
      : serverMessageSchema.safeParse(raw).data;
    // What this page does not know is for a later one.
    if (received !== undefined) for (const listener of [...this.#listeners]) listener(received);
  }
}

function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.close(), HANDSHAKE_TIMEOUT_MS);
    const refuse = (): void => {
      clearTimeout(timer);
      reject(new Error('The connection could not be opened.'));
    };
    socket.addEventListener('close', refuse, { once: true });
    socket.addEventListener(
      'open',
      () => {
        clearTimeout(timer);
        resolve(socket);
      },
      { once: true },
    );
  });
}

function parseJson(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
