/** Runs queries: admits each once, loads what it needs, answers it, stores the turn, tells its listeners. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { SynapscribeError, toSynapscribeError } from '../../protocol/errors.ts';
import type { QueryRequest } from '../../protocol/agent-api.ts';
import type { SessionItem, Turn } from '../../protocol/items.ts';
import { parseKey, responseKey } from '../../protocol/keys.ts';
import type { Logger } from '../../service-kit/logger.ts';
import { untilAborted } from '../../service-kit/until-aborted.ts';
import type { Metrics } from '../metrics.ts';
import {
  answerQuestion,
  hearQuestion,
  type Answer,
  type Engines,
  type HeardQuestion,
} from '../pipeline/answer-question.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ClaimOutcome, Claims } from '../storage/claims.ts';
import type { SessionStore } from '../storage/session-store.ts';
import type { EventSink } from './event-channel.ts';
import type { Lecture, LectureLibrary } from './lecture-library.ts';
import type { QuestionLoader } from './question-loader.ts';
import { QueryRun } from './query-run.ts';

export interface QueryRunnerDeps {
  engines: Engines;
  objects: ObjectStore;
  sessions: SessionStore;
  claims: Claims;
  library: LectureLibrary;
  loadQuestion: QuestionLoader;
  /** How a run reaches a WebSocket connection. */
  connectionSink: (connectionId: string) => EventSink;
  metrics: Metrics;
  log: Logger;
}

/** What a question needs besides its session. */
interface Inputs {
  question: HeardQuestion;
  lecture: Lecture;
}

export interface QueryRunnerOptions {
  contextTokens: number;
  maxConcurrent: number;
  /** Of one student's, so that none keeps the others out. */
  maxPerStudent: number;
  timeoutMs: number;
}

/** How long a query's records wait for its recording to be read. */
const LOADING_FIRST_MS = 50;

export class QueryRunner {
  readonly #deps: QueryRunnerDeps;
  readonly #options: QueryRunnerOptions;
  /** By identity and query. `work` settles once the query is admitted or refused. */
  readonly #runs = new Map<string, { run: QueryRun; work: Promise<() => Promise<void>> }>();
  readonly #finished = new Set<Promise<void>>();
  /** Cancelled before they came: between Lambda invocations no order is promised. */
  readonly #cancelledEarly = new LRUCache<string, true>({ max: 1_000, ttl: 10_000 });
  #draining = false;

  constructor(deps: QueryRunnerDeps, options: QueryRunnerOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  get running(): number {
    return this.#runs.size;
  }

  /**
   * Admits a query and starts it; resolves once it is admitted. A second delivery of one that runs here joins it; of
   * one that is done, its listener is told the stored answer.
   * @returns takes `sink` away again
   * @throws SynapscribeError bad_request, forbidden, not_found, lecture_not_ready, overloaded, agent_unavailable, internal
   */
  async submit(request: QueryRequest, sink?: EventSink): Promise<() => void> {
    if (this.#draining) throw restarting();
    checkAudioKey(request);
    const id = runId(request.identityId, request.queryId);
    const existing = this.#runs.get(id);
    if (existing !== undefined) {
      await existing.work;
      return this.#attach(existing.run, request, sink);
    }
    if (this.#cancelledEarly.delete(id)) throw new SynapscribeError('cancelled', 'The question was cancelled.');
    if (this.#runs.size >= this.#options.maxConcurrent) {
      throw new SynapscribeError('overloaded', 'Too many questions are being answered. Please ask again in a moment.');
    }
    const own = [...this.#runs.values()].filter(({ run }) => run.identityId === request.identityId).length;
    if (own >= this.#options.maxPerStudent) {
      throw new SynapscribeError('overloaded', 'You have many questions in work already. Please wait for an answer.');
    }
    const run = new QueryRun(request.identityId, request.queryId);
    const admission = this.#admit(run, request, sink !== undefined);
    this.#remember(id, { run, work: admission });
    let work: () => Promise<void>;
    try {
      work = await admission;
    } catch (error) {
      this.#forget(id);
      throw error;
    }
    const detach = this.#attach(run, request, sink);
    const finished = work().finally(() => {
      this.#forget(id);
      this.#finished.delete(finished);
    });
    this.#finished.add(finished);
    return detach;
  }

  /** False where no such query runs here; one that is still on its way is refused when it comes. */
  cancel(identityId: string, queryId: string): boolean {
    const entry = this.#runs.get(runId(identityId, queryId));
    if (entry === undefined) this.#cancelledEarly.set(runId(identityId, queryId), true);
    else entry.run.cancel();
    return entry !== undefined;
  }

  /** A connection was closed: what only it listened to ends. */
  disconnect(connectionId: string): void {
    for (const { run } of this.#runs.values()) run.detachConnection(connectionId);
  }

  /** Admits no more; lets what runs end for `graceMs`, then ends it with an error that invites to ask again. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const timer = setTimeout(() => {
      for (const { run } of this.#runs.values()) {
        run.abort(restarting());
      }
    }, graceMs);
    await Promise.all(this.#finished);
    clearTimeout(timer);
  }

  #attach(run: QueryRun, request: QueryRequest, sink: EventSink | undefined): () => void {
    const { connectionId } = request;
    if (connectionId !== undefined && !run.hasConnection(connectionId)) {
      run.attach(this.#deps.connectionSink(connectionId), connectionId);
    }
    return sink === undefined ? () => undefined : run.attach(sink);
  }

  #remember(id: string, entry: { run: QueryRun; work: Promise<() => Promise<void>> }): void {
    this.#runs.set(id, entry);
    this.#deps.metrics.inFlight.set(this.#runs.size);
  }

  #forget(id: string): void {
    this.#runs.delete(id);
    this.#deps.metrics.inFlight.set(this.#runs.size);
  }

  /** What there is to do for a query: answer it, tell its stored answer, or nothing, where another host is at it. */
  async #admit(run: QueryRun, request: QueryRequest, waits: boolean): Promise<() => Promise<void>> {
    // The recording is on its way to the recognizer first: the records are read while it is being heard.
    const unwanted = new AbortController();
    const { loaded, inputs } = this.#hear(request, AbortSignal.any([run.signal, unwanted.signal]));
    await Promise.race([loaded, sleep(LOADING_FIRST_MS)]);
    try {
      const { claim, session } = await this.#claim(run, request);
      if (claim === 'claimed') return async () => await this.#run(run, request, session, inputs);
      unwanted.abort();
      if (claim === 'done') return async () => await this.#replay(run, session);
      // Its events go to the connection from there; one who waits for them here would wait for ever.
      if (waits) throw new SynapscribeError('overloaded', 'This question is already being answered.');
      return async () => Promise.resolve();
    } catch (error) {
      unwanted.abort();
      throw error;
    }
  }

  /** @throws SynapscribeError where the query is refused; its claim is given back then */
  async #claim(run: QueryRun, request: QueryRequest): Promise<{ claim: ClaimOutcome; session: SessionItem }> {
    const { claims, sessions } = this.#deps;
    const { identityId, queryId, lectureId } = request;
    const [claim, session] = await Promise.allSettled([
      claims.claim(identityId, queryId, { signal: run.signal }),
      sessions.get(identityId, lectureId, run.signal),
    ]);
    run.signal.throwIfAborted();
    if (claim.status === 'rejected') throw claim.reason;
    try {
      if (session.status === 'rejected') throw session.reason;
      if (this.#draining) throw restarting();
      return { claim: claim.value, session: requireReady(session.value) };
    } catch (error) {
      if (claim.value === 'claimed') await this.#release(run);
      throw error;
    }
  }

  async #replay(run: QueryRun, session: SessionItem): Promise<void> {
    const turn = session.conversation.find(({ queryId }) => queryId === run.queryId);
    if (turn === undefined) {
      await run.end(errorBody(new SynapscribeError('not_found', 'This question was answered long ago.')));
      return;
    }
    run.emit({ type: 'question', text: turn.question });
    run.emit({ type: 'answer', delta: turn.answer });
    for (const citation of turn.citations) run.emit({ type: 'citation', ...citation });
    const { question, answer, citations } = turn;
    // A student may write the session: a key in it is believed only where it is this answer's own.
    const ownKey = responseKey(run.identityId, run.queryId);
    const audioKey = turn.audioKey === ownKey ? ownKey : null;
    const audioUrl = audioKey === null ? null : await this.#deps.objects.linkToAnswer(run.identityId, run.queryId);
    const timings = { asrMs: null, firstTokenMs: null, firstAudioMs: null, totalMs: elapsedMs(run) };
    const number = turn.turn ?? session.totalTurns;
    await run.end({ type: 'done', question, answer, turn: number, audioKey, audioUrl, citations, timings });
  }

  async #run(run: QueryRun, request: QueryRequest, session: SessionItem, inputs: Promise<Inputs>): Promise<void> {
    const { metrics } = this.#deps;
    const log = this.#deps.log.child({ queryId: run.queryId });
    const stopKeeping = this.#deps.claims.keep(run.identityId, run.queryId);
    const timer = setTimeout(() => {
      run.abort(new SynapscribeError('llm_unavailable', 'The answer took too long. Please ask again.'));
    }, this.#options.timeoutMs);
    try {
      const answer = await this.#answer(run, session, await untilAborted(inputs, run.signal), log);
      const done = await this.#store(run, request, answer, log);
      metrics.observe('done', done.timings);
      log.info({ ...done.timings, citations: done.citations.length, spoken: done.audioKey !== null }, 'answered');
      await run.end(done);
    } catch (thrown) {
      const error = toSynapscribeError(run.signal.aborted ? run.signal.reason : thrown);
      metrics.observe(error.code);
      log.warn({ code: error.code, err: error, totalMs: elapsedMs(run) }, 'not answered');
      await this.#release(run);
      await run.end(errorBody(error));
    } finally {
      clearTimeout(timer);
      stopKeeping();
    }
  }

  /** `loaded` resolves once the recording is read or has failed; neither rejects before it is waited for. */
  #hear(request: QueryRequest, signal: AbortSignal): { loaded: Promise<unknown>; inputs: Promise<Inputs> } {
    const { engines, library, loadQuestion } = this.#deps;
    const question = loadQuestion(request, signal);
    const inputs = Promise.all([
      question.then(async (loaded) => await hearQuestion(loaded, engines.recognizer, signal)),
      library.get(request.identityId, request.lectureId),
    ]).then(([heard, lecture]) => ({ question: heard, lecture }));
    inputs.catch(() => undefined);
    return { loaded: question.catch(() => undefined), inputs };
  }

  async #answer(run: QueryRun, session: SessionItem, { question, lecture }: Inputs, log: Logger): Promise<Answer> {
    const { engines, metrics } = this.#deps;
    return await answerQuestion(
      {
        question,
        ...lecture,
        conversation: session.conversation,
        contextTokens: this.#options.contextTokens,
        startedAt: run.startedAt,
      },
      engines,
      {
        question: (text) => run.emit({ type: 'question', text }),
        answer: (delta) => run.emit({ type: 'answer', delta }),
        audio: ({ index, mime, data, last }) =>
          run.emit({ type: 'audio', index, mime, data: Buffer.from(data).toString('base64'), last }),
        citation: (citation) => run.emit({ type: 'citation', ...citation }),
        speechFailed: (error) => {
          metrics.speechFailures.inc();
          log.warn({ err: error }, 'speech failed; the text goes on');
        },
      },
      run.signal,
    );
  }

  /** Keeps the spoken answer and the turn. A recording of the answer that cannot be kept does not lose the turn. */
  async #store(run: QueryRun, request: QueryRequest, answer: Answer, log: Logger) {
    const { objects, sessions, claims } = this.#deps;
    const { identityId, lectureId, queryId } = request;
    const { question, citations, audio, timings } = answer;
    let audioKey: string | null = null;
    if (audio !== null) {
      try {
        const key = responseKey(identityId, queryId);
        await objects.write(key, audio, 'audio/mpeg', run.signal);
        audioKey = key;
      } catch (error) {
        run.signal.throwIfAborted();
        log.warn({ err: error }, 'the spoken answer could not be stored');
      }
    }
    run.signal.throwIfAborted();
    const askedAt = new Date().toISOString();
    const stored: Turn = { queryId, question, answer: answer.answer, citations, audioKey, askedAt };
    const turn = await sessions.appendTurn(identityId, lectureId, stored);
    await claims.done(identityId, queryId).catch((error: unknown) => log.warn({ err: error }, 'claim not closed'));
    const audioUrl = audioKey === null ? null : await objects.linkToAnswer(identityId, queryId);
    const total = { ...timings, totalMs: elapsedMs(run) };
    const body = { question, answer: answer.answer, turn, audioKey, audioUrl, citations, timings: total };
    return { type: 'done' as const, ...body };
  }

  async #release(run: QueryRun): Promise<void> {
    await this.#deps.claims.release(run.identityId, run.queryId).catch((error: unknown) => {
      this.#deps.log.warn({ err: error, queryId: run.queryId }, 'claim not released; its lease will end');
    });
  }
}

const restarting = (): SynapscribeError =>
  new SynapscribeError('agent_unavailable', 'The service is restarting. Please ask again.');

const runId = (identityId: string, queryId: string): string => `${identityId}/${queryId}`;

const elapsedMs = (run: QueryRun): number => Math.round(performance.now() - run.startedAt);

const errorBody = ({ code, message, retryable }: SynapscribeError) =>
  ({ type: 'error', code, message, retryable }) as const;

/** AgentCore does not trust that the Lambda looked: the recording must be this student's, for this query. */
function checkAudioKey({ audioKey, identityId, queryId }: QueryRequest): void {
  if (audioKey === undefined) return;
  const key = parseKey(audioKey);
  if (key?.kind !== 'query') {
    throw new SynapscribeError('bad_request', 'audioKey is not the key of a recorded question.', { param: 'audioKey' });
  }
  if (key.identityId !== identityId) {
    throw new SynapscribeError('forbidden', 'This recording belongs to someone else.', { param: 'audioKey' });
  }
  if (key.queryId !== queryId) {
    throw new SynapscribeError('bad_request', 'audioKey belongs to another question.', { param: 'audioKey' });
  }
}

/** @throws SynapscribeError not_found, lecture_not_ready */
function requireReady(session: SessionItem | undefined): SessionItem {
  if (session === undefined) throw new SynapscribeError('not_found', 'There is no such lecture.');
  if (session.status === 'ready') return session;
  if (session.status === 'rejected') {
    const reason = session.statusReason ?? 'The recording could not be used.';
    throw new SynapscribeError('lecture_not_ready', `This lecture was refused: ${reason}`, { retryable: false });
  }
  throw new SynapscribeError('lecture_not_ready', `This lecture is not ready yet: it is ${session.status}.`);
}
