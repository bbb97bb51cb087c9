/**
 * One query's events on their way to one listener: numbered without gaps, one at a time, in order, but that text which
 * piles up behind a slow listener is joined into one event, and sound goes before it.
 */
import type { Citation, QueryEvent, WorkingEvent } from '../../protocol/messages.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Timings } from '../../protocol/messages.ts';

/** An event before it has its query and its number. */
export type EventBody =
  | { type: 'question'; text: string }
  | { type: 'answer'; delta: string }
  | { type: 'audio'; index: number; mime: string; data: string; last: boolean }
  | ({ type: 'citation' } & Citation)
  | {
      type: 'done';
      question: string;
      answer: string;
      turn: number;
      audioKey: string | null;
      audioUrl: string | null;
      citations: Citation[];
      timings: Timings;
    }
  | { type: 'error'; code: ErrorCode; message: string; retryable: boolean };

/** Where events go: a WebSocket connection, an SSE response. */
export interface EventSink {
  /**
   * Delivers one event; resolves when the next may come.
   * @throws where the listener has gone or has stopped reading
   */
  send(event: QueryEvent | WorkingEvent): Promise<void>;
}

export class EventChannel {
  readonly #queryId: string;
  readonly #sink: EventSink;
  readonly #onBroken: (error: unknown) => void;
  readonly #queue: EventBody[] = [];
  #seq = 1;
  #sentAt = performance.now();
  #pumping: Promise<void> | undefined;
  #broken = false;

  /** @param onBroken told once when the sink throws; nothing is sent after it */
  constructor(queryId: string, sink: EventSink, onBroken: (error: unknown) => void) {
    this.#queryId = queryId;
    this.#sink = sink;
    this.#onBroken = onBroken;
  }

  push(body: EventBody): void {
    if (this.#broken) return;
    const last = this.#queue.at(-1);
    if (body.type === 'answer' && last?.type === 'answer') last.delta += body.delta;
    // Sound does not wait for words: they are read faster than they are heard.
    else if (body.type === 'audio' && last?.type === 'answer') this.#queue.splice(-1, 0, { ...body });
    else this.#queue.push({ ...body });
    this.#pumping ??= this.#pump();
  }

  /** A sign of life, where nothing has gone out for `quietMs` and nothing is on its way. */
  keepAlive(quietMs: number): void {
    if (this.#broken || this.#pumping !== undefined || performance.now() - this.#sentAt < quietMs) return;
    this.#pumping = this.#pump(async () => await this.#sink.send({ type: 'working', queryId: this.#queryId }));
  }

  /** Resolves when all that was pushed is out, or cannot go out. */
  async flush(): Promise<void> {
    while (this.#pumping !== undefined) await this.#pumping;
  }

  /** @param first what goes out before the queue */
  async #pump(first?: () => Promise<void>): Promise<void> {
    try {
      if (first !== undefined) await first();
      for (let body = this.#queue.shift(); body !== undefined; body = this.#queue.shift()) {
        await this.#sink.send({ ...body, queryId: this.#queryId, seq: this.#seq });
        this.#seq++;
      }
      this.#sentAt = performance.now();
    } catch (error) {
      this.#broken = true;
      this.#queue.length = 0;
      this.#onBroken(error);
    } finally {
      this.#pumping = undefined;
    }
  }
}
