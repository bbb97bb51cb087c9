/** One client's open WebSocket: its limits in time, frame size and unread bytes. */
import type { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import type { ConnectionFacts } from './event.ts';
import { FrameGuard } from './frame-guard.ts';

const MAX_FRAME_BYTES = 32 * 1024;
const CLOSE_GRACE_MS = 2_000;

export interface ConnectionLimits {
  idleMs: number;
  lifeMs: number;
  maxBufferedBytes: number;
}

export interface ConnectionOptions {
  facts: ConnectionFacts;
  limits: ConnectionLimits;
  onMessage: (connection: Connection, text: string) => void;
  onClose: (connection: Connection, code: number, reason: string) => void;
}

export class Connection {
  readonly facts: ConnectionFacts;
  /** Epoch milliseconds. */
  lastActiveAt: number;
  #isClosing = false;
  readonly #socket: WebSocket;
  readonly #limits: ConnectionLimits;
  readonly #onMessage: ConnectionOptions['onMessage'];
  readonly #idleTimer: NodeJS.Timeout;
  readonly #lifeTimer: NodeJS.Timeout;

  /** @param early bytes that came with the handshake */
  constructor(socket: WebSocket, raw: Duplex, early: Buffer, options: ConnectionOptions) {
    const { facts, limits, onMessage, onClose } = options;
    this.facts = facts;
    this.lastActiveAt = facts.connectedAt;
    this.#socket = socket;
    this.#limits = limits;
    this.#onMessage = onMessage;
    this.#idleTimer = setTimeout(() => this.close(1001, 'Going away'), limits.idleMs);
    this.#lifeTimer = setTimeout(() => this.close(1001, 'Going away'), limits.lifeMs);

    const guard = new FrameGuard(MAX_FRAME_BYTES);
    const watch = (chunk: Buffer): void => {
      if (this.#isClosing || !guard.sees(chunk)) return;
      this.close(1009, 'Message too long');
    };
    watch(early);
    raw.on('data', watch);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('ping', () => this.#touch());
    // `ws` closes the connection itself, with the code that fits; what is wrong is the client's doing.
    socket.on('error', () => undefined);
    socket.once('close', (code, reason) => {
      this.#isClosing = true;
      clearTimeout(this.#idleTimer);
      clearTimeout(this.#lifeTimer);
      raw.off('data', watch);
      onClose(this, code, reason.toString());
    });
  }

  get isOpen(): boolean {
    return !this.#isClosing && this.#socket.readyState === WebSocket.OPEN;
  }

  /** Whether more waits for the client than it may leave unread. */
  get isCongested(): boolean {
    return this.#socket.bufferedAmount > this.#limits.maxBufferedBytes;
  }

  /** Sends text. Nothing happens where the connection has closed. */
  send(text: string): void {
    if (!this.isOpen) return;
    this.#touch();
    this.#socket.send(text);
  }

  /** Closes, at the latest after a short grace for a client that does not answer. */
  close(code: number, reason = ''): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.close(code, reason);
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return;
    this.#touch();
    if (isBinary) {
      this.close(1003, 'Unsupported data');
      return;
    }
    this.#onMessage(this, toText(data));
  }

  #touch(): void {
    this.lastActiveAt = Date.now();
    this.#idleTimer.refresh();
  }
}

function toText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString();
}
