/** A child service that is started again when it goes down, on the port it had. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startChildService, type ChildExit, type ChildService, type ChildServiceOptions } from './child-service.ts';

const RESTART_DELAY_MS = 500;
/** One that goes down more often than this in a minute will not get well by itself. */
const MAX_RESTARTS_A_MINUTE = 5;

export interface SupervisorEvents {
  /** One sentence for a person. */
  tell: (sentence: string) => void;
  /** The service is given up. */
  giveUp: () => void;
}

export class SupervisedService {
  readonly #options: ChildServiceOptions;
  readonly #events: SupervisorEvents;
  readonly #restarts: number[] = [];
  readonly #stopping = new AbortController();
  /** Settles when the start under way has come to its end. */
  #starting: Promise<void> | undefined;
  #child: ChildService | undefined;

  /** @param options of the child, which must name its port, so that it comes back on the same one */
  constructor(options: ChildServiceOptions, events: SupervisorEvents) {
    this.#options = options;
    this.#events = events;
  }

  /** The process that runs now. */
  get pid(): number {
    const pid = this.#child?.process.pid;
    if (pid === undefined) throw new Error('the service has not been started');
    return pid;
  }

  /** @throws Error with the service's own words where it does not start, or where it is stopped meanwhile */
  async start(): Promise<void> {
    this.#starting = this.#start();
    await this.#starting;
  }

  /** A start that is under way, the first one or a later, ends with it. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error(`${this.#options.name} was stopped.`));
    await this.#starting?.catch(() => undefined);
    await this.#child?.stop();
  }

  async #start(): Promise<void> {
    this.#child = await startChildService({ ...this.#options, signal: this.#stopping.signal });
    const { name, exited } = this.#child;
    void exited.then(async (exit) => await this.#restart(name, exit));
  }

  async #restart(name: string, exit: ChildExit): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    const how = exit.signal ?? `exit code ${exit.code}`;
    const now = Date.now();
    this.#restarts.push(now);
    if (this.#restarts.filter((at) => now - at < 60_000).length > MAX_RESTARTS_A_MINUTE) {
      this.#events.tell(`${name} keeps going down (${how}). ${exit.lastWords}`.trim());
      this.#events.giveUp();
      return;
    }
    this.#events.tell(`${name} went down (${how}) and is started again.`);
    try {
      await sleep(RESTART_DELAY_MS, undefined, { signal });
      await this.start();
      this.#events.tell(`${name} is back.`);
    } catch (error) {
      await this.#restart(name, { code: 1, signal: null, lastWords: error instanceof Error ? error.message : '' });
    }
  }
}
