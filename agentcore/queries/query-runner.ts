/**
 * Which queries run: each once over all processes, so many at a time. What is asked of one that runs elsewhere (another
 * listener, a cancellation) is left with its claim.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryRequest } from '../../protocol/agent-api.ts';
import { SynapscribeError, toSynapscribeError } from '../../protocol/errors.ts';
import type { EventSink } from './event-channel.ts';
import { admitQuery, checkAudioKey } from './query-admission.ts';
import { QueryAnswering, type AnsweringDeps, type AnsweringOptions } from './query-answering.ts';
import { QueryRun } from './query-run.ts';

export interface QueryRunnerOptions extends AnsweringOptions {
  maxConcurrent: number;
  /** Of one student's, so that none keeps the others out. */
  maxPerStudent: number;
  /** Between two signs of life of a query that has nothing to tell. */
  workingMs: number;
}

interface Entry {
  run: QueryRun;
  /** Settles once the query is admitted, with its first listener, or refused; nothing where it runs elsewhere. */
  admitted: Promise<{ detach: () => void; work: () => Promise<void> } | undefined>;
}

/** How long a query's records wait for its recording to be read. */
const LOADING_FIRST_MS = 50;
/** A query that runs elsewhere may end just when one wants to join it. */
const MAX_JOINS = 5;

export class QueryRunner {
  readonly #deps: AnsweringDeps;
  readonly #options: QueryRunnerOptions;
  readonly #answering: QueryAnswering;
  /** By identity and query. */
  readonly #runs = new Map<string, Entry>();
  readonly #finished = new Set<Promise<void>>();
  #draining = false;

  constructor(deps: AnsweringDeps, options: QueryRunnerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#answering = new QueryAnswering(deps, options);
  }

  get running(): number {
    return this.#runs.size;
  }

  /**
   * Admits a query and starts it; resolves once it is admitted. A second delivery of one that runs, here or elsewhere,
   * joins it; of one that is done, its listener is told the stored answer.
   * @returns takes `sink` away again
   * @throws SynapscribeError bad_request, forbidden, not_found, lecture_not_ready, cancelled, overloaded,
   * agent_unavailable, internal
   */
  async submit(request: QueryRequest, sink?: EventSink): Promise<() => void> {
    checkAudioKey(request);
    for (let join = 0; join < MAX_JOINS; join++) {
      const id = runId(request.identityId, request.queryId);
      const running = this.#runs.get(id);
      const admission = await (running ?? this.#begin(id, request, sink)).admitted;
      if (admission !== undefined) {
        return running === undefined ? admission.detach : this.#attach(running.run, request, sink);
      }
      // Its events go to connections from there; one who waits for them here would wait for ever.
      if (sink !== undefined) break;
      if (await this.#joinElsewhere(request)) return () => undefined;
    }
    throw new SynapscribeError('overloaded', 'This question is already being answered.');
  }

  /** @returns false where no such query runs anywhere; one that is still on its way is refused when it comes */
  async cancel(identityId: string, queryId: string): Promise<boolean> {
    const entry = this.#runs.get(runId(identityId, queryId));
    if (entry === undefined) return await this.#deps.claims.cancel(identityId, queryId);
    entry.run.cancel();
    return true;
  }

  /**
   * A connection was closed: what only it listened to ends. Queries that run elsewhere find out by their next event to
   * it, a sign of life at the latest.
   */
  disconnect(connectionId: string): void {
    for (const { run } of this.#runs.values()) run.detachConnection(connectionId);
  }

  /** Admits no more; lets what runs end for `graceMs`, then ends it with an error that invites to ask again. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const timer = setTimeout(() => {
      for (const { run } of this.#runs.values()) run.abort(restarting());
    }, graceMs);
    await Promise.all(this.#finished);
    clearTimeout(timer);
  }

  /** @throws SynapscribeError agent_unavailable, overloaded */
  #begin(id: string, request: QueryRequest, sink: EventSink | undefined): Entry {
    const { metrics } = this.#deps;
    const { workingMs } = this.#options;
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      metrics.observe(refusal.code);
      throw refusal;
    }
    const run = new QueryRun(request.identityId, request.queryId, workingMs);
    const admitted = this.#admit(run, request).then((work) =>
      work === undefined ? undefined : { detach: this.#attach(run, request, sink), work },
    );
    this.#runs.set(id, { run, admitted });
    metrics.queriesInFlight(this.#runs.size);
    const finished = admitted
      .then(
        async (admission) => await admission?.work(),
        // Whoever submitted the query is told why it was refused.
        (error: unknown) => metrics.observe(toSynapscribeError(error).code),
      )
      .catch(() => undefined)
      .finally(() => {
        this.#runs.delete(id);
        this.#finished.delete(finished);
        metrics.queriesInFlight(this.#runs.size);
      });
    this.#finished.add(finished);
    return { run, admitted };
  }

  /** Why a new query cannot be taken now, where it cannot. */
  #refusal({ identityId }: QueryRequest): SynapscribeError | undefined {
    const { maxConcurrent, maxPerStudent } = this.#options;
    if (this.#draining) return restarting();
    if (this.#runs.size >= maxConcurrent) {
      return new SynapscribeError('overloaded', 'Too many questions are being answered. Please ask again in a moment.');
    }
    const own = [...this.#runs.values()].filter(({ run }) => run.identityId === identityId).length;
    if (own < maxPerStudent) return undefined;
    return new SynapscribeError('overloaded', 'You have many questions in work already. Please wait for an answer.');
  }

  /** What there is to do for a query: answer it or tell its stored answer; nothing, where another process is at it. */
  async #admit(run: QueryRun, request: QueryRequest): Promise<(() => Promise<void>) | undefined> {
    // The recording is on its way to the recognizer first: the records are read while it is being heard.
    const unwanted = new AbortController();
    const { loaded, inputs } = this.#answering.prepare(request, AbortSignal.any([run.signal, unwanted.signal]));
    await Promise.race([loaded, sleep(LOADING_FIRST_MS)]);
    try {
      const { claim, session } = await admitQuery(this.#deps, request, run.signal);
      if (claim === 'claimed') return async () => await this.#answering.answer(run, request, session, inputs);
      unwanted.abort();
      return claim === 'done' ? async () => await this.#answering.replay(run, session) : undefined;
    } catch (error) {
      unwanted.abort();
      throw error;
    }
  }

  /** @returns false where the query has ended meanwhile */
  async #joinElsewhere({ identityId, queryId, connectionId }: QueryRequest): Promise<boolean> {
    if (connectionId === undefined) return true;
    return await this.#deps.claims.addListener(identityId, queryId, connectionId);
  }

  #attach(run: QueryRun, { connectionId }: QueryRequest, sink: EventSink | undefined): () => void {
    // One whose end is out has been heard: who asks again hears it again.
    if (connectionId !== undefined) this.#answering.attachConnection(run, connectionId, run.ended);
    return sink === undefined ? () => undefined : run.attach(sink);
  }
}

const restarting = (): SynapscribeError =>
  new SynapscribeError('agent_unavailable', 'The service is restarting. Please ask again.');

const runId = (identityId: string, queryId: string): string => `${identityId}/${queryId}`;
