/** Queries whose process has gone in the middle of the answer: who waits for them is told, so that they may be asked again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SynapscribeError } from '../../protocol/errors.ts';
import type { ServerMessage } from '../../protocol/messages.ts';
import type { Logger } from '../../service-kit/logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Claims } from '../storage/claims.ts';
import { INTERRUPTED } from './query-run.ts';

/** With the lease of a claim: a student hears of it within seven seconds. */
const LOOK_EVERY_MS = 1_500;

export interface InterruptedQueriesDeps {
  claims: Claims;
  /** Posts to a WebSocket connection. */
  post: (connectionId: string, message: ServerMessage) => Promise<void>;
  metrics: Metrics;
  log: Logger;
}

export class InterruptedQueries {
  readonly #deps: InterruptedQueriesDeps;
  readonly #stopping = new AbortController();

  constructor(deps: InterruptedQueriesDeps) {
    this.#deps = deps;
  }

  /** Looks for them, now and from now on. */
  start(): void {
    void this.#watch();
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** @throws SynapscribeError internal where the claims cannot be read */
  async look(): Promise<void> {
    const { claims, post, metrics, log } = this.#deps;
    for (const work of await claims.abandoned()) {
      const taken = await claims.takeAway(work);
      if (taken === undefined) continue;
      const { id: queryId, listeners } = taken;
      const error = new SynapscribeError('agent_unavailable', INTERRUPTED);
      metrics.observe(error.code);
      log.warn({ queryId, listeners: listeners.length }, 'a question was interrupted: its process has gone');
      const { code, message, retryable } = error;
      // Without a number: how far the answer had come is not known any more.
      const event: ServerMessage = { type: 'error', queryId, code, message, retryable };
      // Not waited for: one that does not read must not keep the others from hearing.
      for (const connectionId of listeners) post(connectionId, event).catch(() => undefined);
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    let failing = false;
    while (!signal.aborted) {
      try {
        await this.look();
        failing = false;
      } catch (error) {
        // Said once: the next try follows in a moment.
        if (!failing) this.#deps.log.warn({ err: error }, 'interrupted questions could not be looked for');
        failing = true;
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
