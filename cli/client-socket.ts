/** One WebSocket connection: frames out, messages in, and word of its end. */
import { WebSocket } from 'ws';
import { SynapscribeError } from '../protocol/errors.ts';
import { serverMessageSchema, type ServerMessage } from '../protocol/messages.ts';

const HANDSHAKE_TIMEOUT_MS = 15_000;
/** Messages that nobody has asked for with `next` are kept up to this number, the newest: at most 2 MB. */
const MAX_INBOX = 64;

export interface ReceivedMessage {
  /** Of this client's clock, `performance.now()`. */
  receivedAt: number;
  /** As it came, where it is JSON; else the text. */
  raw: unknown;
  /** Where it is one of the protocol. */
  message: ServerMessage | undefined;
}

export interface SocketClosed {
  code: number;
  reason: string;
}

export type MessageListener = (received: ReceivedMessage) => void;

export class ClientSocket {
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<SocketClosed>;
  readonly #socket: WebSocket;
  readonly #listeners = new Set<MessageListener>();
  readonly #waiting: ((received: ReceivedMessage) => void)[] = [];
  readonly #inbox: ReceivedMessage[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#receive(Buffer.isBuffer(data) ? data.toString() : ''));
  }

  /** @throws SynapscribeError forbidden (the address is not signed well), overloaded or agent_unavailable */
  static open(url: string): Promise<ClientSocket> {
    const socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
    const opened = new ClientSocket(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(opened));
      socket.once('unexpected-response', (request, { statusCode }) => {
        request.destroy();
        reject(connectionRefused(statusCode ?? 0));
      });
      socket.once('error', (cause) => {
        reject(new SynapscribeError('agent_unavailable', 'The connection could not be opened.', { cause }));
      });
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Text as a text frame, bytes as a binary one. @throws SynapscribeError agent_unavailable where the connection has ended */
  send(data: string | Uint8Array): void {
    if (!this.isOpen) throw connectionLost();
    this.#socket.send(data);
  }

  /** Every message from now on. @returns what takes the listener away */
  listen(listener: MessageListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Messages in order, each once; of those received before the call, the newest 64. */
  async next(timeoutMs: number): Promise<ReceivedMessage> {
    const kept = this.#inbox.shift();
    if (kept !== undefined) return kept;
    let timer: NodeJS.Timeout | undefined;
    let wake: ((received: ReceivedMessage) => void) | undefined;
    try {
      return await new Promise<ReceivedMessage>((resolve, reject) => {
        wake = resolve;
        this.#waiting.push(resolve);
        timer = setTimeout(() => reject(new Error(`No message came within ${timeoutMs} ms.`)), timeoutMs);
        void this.closed.then(({ code }) => reject(new Error(`The connection ended with ${code}.`)));
      });
    } finally {
      clearTimeout(timer);
      const index = wake === undefined ? -1 : this.#waiting.indexOf(wake);
      if (index >= 0) this.#waiting.splice(index, 1);
    }
  }

  /** Stops reading from the network, as a client that hangs; `resume` goes on. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async close(): Promise<void> {
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), 1_000);
    await this.closed;
    clearTimeout(timer);
  }

  /** Without a good-bye, as when the network breaks. */
  terminate(): void {
    this.#socket.terminate();
  }

  #receive(text: string): void {
    const raw = parseJson(text);
    const received = { receivedAt: performance.now(), raw, message: serverMessageSchema.safeParse(raw).data };
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting(received);
    else {
      this.#inbox.push(received);
      if (this.#inbox.length > MAX_INBOX) this.#inbox.shift();
    }
    for (const listener of [...this.#listeners]) listener(received);
  }
}

export const connectionLost = (): SynapscribeError =>
  new SynapscribeError('agent_unavailable', 'The connection to SynapScribe was lost.');

function connectionRefused(status: number): SynapscribeError {
  if (status === 401 || status === 403) return new SynapscribeError('forbidden', 'The connection was refused.');
  if (status === 429) return new SynapscribeError('overloaded', 'There are too many connections at the moment.');
  if (status >= 500) {
    const message = 'SynapScribe takes nothing new right now. Please try again in a few minutes.';
    return new SynapscribeError('agent_unavailable', message);
  }
  return new SynapscribeError('agent_unavailable', `The connection could not be opened (${status}).`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
