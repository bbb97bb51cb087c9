/** One query while it runs: its listeners, what they have been told, and the signal that ends it. */
import { SynapscribeError } from '../../protocol/errors.ts';
import { ConnectionGoneError } from '../storage/connections.ts';
import { EventChannel, type EventBody, type EventSink } from './event-channel.ts';

interface Listener {
  channel: EventChannel;
  connectionId: string | undefined;
}

export class QueryRun {
  readonly queryId: string;
  readonly identityId: string;
  /** As `performance.now()`. */
  readonly startedAt = performance.now();
  readonly #controller = new AbortController();
  readonly #listeners = new Set<Listener>();
  readonly #history: EventBody[] = [];
  #ended = false;

  constructor(identityId: string, queryId: string) {
    this.identityId = identityId;
    this.queryId = queryId;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  hasConnection(connectionId: string): boolean {
    return [...this.#listeners].some((listener) => listener.connectionId === connectionId);
  }

  /**
   * Adds a listener; it is told all that has happened so far. The last listener that leaves ends the query.
   * @returns takes the listener away again
   */
  attach(sink: EventSink, connectionId?: string): () => void {
    const channel = new EventChannel(this.queryId, sink, (error) => {
      // One that has stopped reading may come back for the stored answer: only one that has gone ends the query.
      if (error instanceof ConnectionGoneError) detach();
    });
    const listener: Listener = { channel, connectionId };
    const detach = (): void => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.cancel('The listener has gone.');
    };
    this.#listeners.add(listener);
    for (const body of this.#history) channel.push(body);
    return detach;
  }

  detachConnection(connectionId: string): void {
    for (const listener of this.#listeners) {
      if (listener.connectionId !== connectionId) continue;
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.cancel('The connection was closed.');
    }
  }

  emit(body: EventBody): void {
    if (this.#ended) return;
    this.#history.push(body);
    for (const { channel } of this.#listeners) channel.push(body);
  }

  cancel(message = 'The question was cancelled.'): void {
    this.abort(new SynapscribeError('cancelled', message));
  }

  abort(reason: SynapscribeError): void {
    if (!this.#ended) this.#controller.abort(reason);
  }

  /** The last event: nothing is emitted after it. Resolves when every listener has it. */
  async end(body: EventBody): Promise<void> {
    this.emit(body);
    this.#ended = true;
    await Promise.all([...this.#listeners].map(async ({ channel }) => await channel.flush()));
  }
}
