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
  #child: ChildService | undefined;
  #stopping = false;

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

  /** @throws Error with the service's own words where it does not start */
  async start(): Promise<void> {
    this.#child = await startChildService(this.#options);
    const { name, exited } = this.#child;
    void exited.then(async (exit) => await this.#restart(name, exit));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#child?.stop();
  }

  async #startUnlessStopping(): Promise<boolean> {
    if (this.#stopping) return false;
    await this.start();
    return true;
  }

  async #restart(name: string, exit: ChildExit): Promise<void> {
    if (this.#stopping) return;
    const how = exit.signal ?? `exit code ${exit.code}`;
    const now = Date.now();
    this.#restarts.push(now);
    if (this.#restarts.filter((at) => now - at < 60_000).length > MAX_RESTARTS_A_MINUTE) {
      this.#events.tell(`${name} keeps going down (${how}). ${exit.lastWords}`.trim());
      this.#events.giveUp();
      return;
    }
    this.#events.tell(`${name} went down (${how}) and is started again.`);
    await sleep(RESTART_DELAY_MS);
    try {
      if (!(await this.#startUnlessStopping())) return;
      this.#events.tell(`${name} is back.`);
    } catch (error) {
      await this.#restart(name, { code: 1, signal: null, lastWords: error instanceof Error ? error.message : '' });
    }
  }
}
