/**
 * Server-sent events on the response of the request that asked: `id` is the event's seq, `event` its type, `data` the
 * whole of it as JSON. `accepted`, seq 0, comes first. The response ends after `done` or `error`.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { Response } from 'express';
import type { QueryEvent, ServerMessage, WorkingEvent } from '../../protocol/messages.ts';
import { ConnectionGoneError, ConnectionStalledError } from '../storage/connections.ts';
import type { EventSink } from './event-channel.ts';

/** A client that reads nothing for this long is given up. */
const DRAIN_TIMEOUT_MS = 15_000;

export class SseSink implements EventSink {
  readonly #res: Response;
  readonly #queryId: string;

  constructor(res: Response, queryId: string) {
    this.#res = res;
    this.#queryId = queryId;
  }

  /** Sends the headers and `accepted`, once. Until then the request may still be refused with a JSON error. */
  open(): void {
    if (this.#res.headersSent || this.#res.closed) return;
    this.#res.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#res.write(render({ type: 'accepted', queryId: this.#queryId, seq: 0 }, 0));
  }

  async send(event: QueryEvent | WorkingEvent): Promise<void> {
    if (this.#res.closed) throw new ConnectionGoneError('the client has closed the response');
    this.open();
    // A comment: the format's own sign of life.
    const flushed = this.#res.write(event.type === 'working' ? ': working\n\n' : render(event, event.seq ?? 0));
    if (event.type === 'done' || event.type === 'error') this.#res.end();
    else if (!flushed) await this.#drained();
  }

  async #drained(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        this.#res.off('drain', onDrain).off('close', onClose);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onDrain = (): void => settle();
      const onClose = (): void => settle(new ConnectionGoneError('the client has closed the response'));
      const timer = setTimeout(() => {
        settle(new ConnectionStalledError('the client has stopped reading'));
        this.#res.destroy();
      }, DRAIN_TIMEOUT_MS);
      this.#res.on('drain', onDrain).on('close', onClose);
    });
  }
}

const render = (message: ServerMessage, seq: number): string =>
  `id: ${seq}\nevent: ${message.type}\ndata: ${JSON.stringify(message)}\n\n`;
