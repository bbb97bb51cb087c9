/** One query while it runs: its listeners, what they have been told, and the signal that ends it. */
import { SynapscribeError } from '../../protocol/errors.ts';
import { ConnectionGoneError } from '../storage/connections.ts';
import { EventChannel, type EventBody, type EventSink } from './event-channel.ts';

/** What those hear whose process has gone in the middle of the answer. */
export const INTERRUPTED = 'The answer was interrupted. Please ask again.';

interface Listener {
  channel: EventChannel;
  connectionId: string | undefined;
}

export class QueryRun {
  readonly queryId: string;
  readonly identityId: string;
  /** As `performance.now()`. */
  readonly startedAt = performance.now();
  readonly #workingMs: number;
  readonly #controller = new AbortController();
  readonly #listeners = new Set<Listener>();
  readonly #history: EventBody[] = [];
  #isOurs: () => Promise<boolean> = () => Promise.resolve(true);
  #beat: NodeJS.Timeout | undefined;
  #sealed = false;
  #ended = false;

  /** @param workingMs between two signs of life, where there is nothing else to tell */
  constructor(identityId: string, queryId: string, workingMs: number) {
    this.identityId = identityId;
    this.queryId = queryId;
    this.#workingMs = workingMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Whether the last event is out: what is left to do is nobody's to wait for. */
  get ended(): boolean {
    return this.#ended;
  }

  /** How it is found out whether no other process has the query. */
  guardWith(isOurs: () => Promise<boolean>): void {
    this.#isOurs = isOurs;
  }

  /** @throws where that cannot be found out */
  async isOurs(): Promise<boolean> {
    return await this.#isOurs();
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
      if (this.#listeners.delete(listener)) this.#afterLeaving('The listener has gone.');
    };
    this.#listeners.add(listener);
    for (const body of this.#history) channel.push(body);
    if (!this.#ended) this.#beat ??= setInterval(() => this.#keepAlive(), this.#workingMs);
    return detach;
  }

  detachConnection(connectionId: string): void {
    for (const listener of this.#listeners) {
      if (listener.connectionId !== connectionId) continue;
      this.#listeners.delete(listener);
      this.#afterLeaving('The connection was closed.');
    }
  }

  emit(body: EventBody): void {
    if (this.#ended) return;
    this.#history.push(body);
    for (const { channel } of this.#listeners) channel.push(body);
  }

  /** The answer is whole: it is kept, though nobody wants it any more. */
  seal(): void {
    this.#sealed = true;
  }

  cancel(message = 'The question was cancelled.'): void {
    if (!this.#sealed) this.abort(new SynapscribeError('cancelled', message));
  }

  /** Another process has the query now: it tells the connections, which hear no more from here. */
  forsake(): void {
    for (const listener of this.#listeners) if (listener.connectionId !== undefined) this.#listeners.delete(listener);
    this.abort(new SynapscribeError('agent_unavailable', INTERRUPTED));
  }

  abort(reason: SynapscribeError): void {
    if (!this.#ended) this.#controller.abort(reason);
  }

  /** The last event: nothing is emitted after it. Resolves when every listener has it. */
  async end(body: EventBody): Promise<void> {
    this.emit(body);
    this.#ended = true;
    this.#rest();
    await this.flush();
  }

  /** Resolves when every listener has what was emitted so far, or cannot have it. */
  async flush(): Promise<void> {
    await Promise.all([...this.#listeners].map(async ({ channel }) => await channel.flush()));
  }

  #afterLeaving(message: string): void {
    if (this.#listeners.size > 0) return;
    this.#rest();
    this.cancel(message);
  }

  #keepAlive(): void {
    // Timers are not exact: a beat that comes a little early still counts.
    for (const { channel } of this.#listeners) channel.keepAlive(this.#workingMs * 0.9);
  }

  #rest(): void {
    clearInterval(this.#beat);
    this.#beat = undefined;
  }
}
