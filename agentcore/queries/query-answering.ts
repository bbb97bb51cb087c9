/** One admitted query to its end: the lecture loaded, the answer streamed to its listeners, kept, told as done. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryRequest } from '../../protocol/agent-api.ts';
import { SynapscribeError, toSynapscribeError } from '../../protocol/errors.ts';
import type { SessionItem, Turn } from '../../protocol/items.ts';
import { responseKey } from '../../protocol/keys.ts';
import type { Logger } from '../../service-kit/logger.ts';
import { untilAborted } from '../../service-kit/until-aborted.ts';
import type { Metrics } from '../metrics.ts';
import { withPatience, type Patience } from '../patience.ts';
import {
  answerQuestion,
  hearQuestion,
  type Answer,
  type Engines,
  type HeardQuestion,
} from '../pipeline/answer-question.ts';
import type { Claims } from '../storage/claims.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { SessionStore } from '../storage/session-store.ts';
import type { EventBody, EventSink } from './event-channel.ts';
import type { Lecture, LectureLibrary } from './lecture-library.ts';
import type { QueryRun } from './query-run.ts';
import type { QuestionLoader } from './question-loader.ts';

export interface AnsweringDeps {
  engines: Engines;
  objects: ObjectStore;
  sessions: SessionStore;
  claims: Claims;
  library: LectureLibrary;
  loadQuestion: QuestionLoader;
  /** How a run reaches a WebSocket connection. */
  connectionSink: (connectionId: string, mayRetry: () => Promise<boolean>) => EventSink;
  metrics: Metrics;
  log: Logger;
}

export interface AnsweringOptions {
  contextTokens: number;
  timeoutMs: number;
  /** How long a student waits for a whole answer to be stored: in all, and once it has failed. The storing goes on. */
  storingMs: number;
  storingFailedMs: number;
}

/** What a question needs besides its session. */
export interface Inputs {
  question: HeardQuestion;
  lecture: Lecture;
  /** Of question and answer, where it was told. */
  language: string | undefined;
}

type Done = Extract<EventBody, { type: 'done' }>;

/** An answer that is whole is kept, though storage be away for a while. */
const STORAGE_PATIENCE: Patience = { firstBackoffMs: 200, maxBackoffMs: 5_000, giveUpMs: 600_000, attempts: 1 };

const NOT_KEPT_YET =
  'The answer is whole but cannot be kept right now. Please ask again if it is not in the conversation soon.';

export class QueryAnswering {
  readonly #deps: AnsweringDeps;
  readonly #options: AnsweringOptions;

  constructor(deps: AnsweringDeps, options: AnsweringOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Adds a connection to those that are told of a run: once, unless it asks again for what it has heard. */
  attachConnection(run: QueryRun, connectionId: string, again = false): void {
    if (!again && run.hasConnection(connectionId)) return;
    const sink = this.#deps.connectionSink(connectionId, () => run.isOurs());
    run.attach(sink, connectionId);
  }

  /**
   * Loads and hears a question, and loads its lecture.
   * @returns `loaded` resolves once the recording is read or has failed; neither rejects before it is waited for
   */
  prepare(request: QueryRequest, signal: AbortSignal): { loaded: Promise<unknown>; inputs: Promise<Inputs> } {
    const { engines, library, loadQuestion } = this.#deps;
    const { identityId, lectureId, language } = request;
    const question = loadQuestion(request, signal);
    const inputs = Promise.all([
      question.then(async (loaded) => await hearQuestion(loaded, engines.recognizer, { signal, language })),
      library.get(identityId, lectureId),
    ]).then(([heard, lecture]) => ({ question: heard, lecture, language }));
    inputs.catch(() => undefined);
    return { loaded: question.catch(() => undefined), inputs };
  }

  /** Answers a claimed query. Never rejects; resolves once nothing is left to do. */
  async answer(run: QueryRun, request: QueryRequest, session: SessionItem, inputs: Promise<Inputs>): Promise<void> {
    const { metrics, claims } = this.#deps;
    const log = this.#deps.log.child({ queryId: run.queryId });
    const kept = claims.keep(run.identityId, run.queryId, {
      onMail: ({ cancelled, listeners }) => {
        this.#attachAll(run, listeners);
        if (cancelled) run.cancel();
      },
      onLost: () => run.forsake(),
    });
    run.guardWith(kept.confirm);
    const timer = setTimeout(() => {
      run.abort(new SynapscribeError('llm_unavailable', 'The answer took too long. Please ask again.'));
    }, this.#options.timeoutMs);
    try {
      const answer = await this.#pipeline(run, session, await untilAborted(inputs, run.signal), log);
      clearTimeout(timer);
      run.seal();
      await this.#keep(run, request, answer, log);
    } catch (thrown) {
      const error = toSynapscribeError(run.signal.aborted ? run.signal.reason : thrown);
      metrics.observe(error.code);
      log.warn({ code: error.code, err: error, totalMs: elapsedMs(run) }, 'not answered');
      // First, so that whoever hears of it may ask again at once.
      await this.#release(run, log);
      if (!run.ended) await run.end(errorBody(error));
    } finally {
      clearTimeout(timer);
      kept.stop();
    }
  }

  /** Gives the claim back, and lets those hear of the query who have come since the last beat. */
  async #release(run: QueryRun, log: Logger): Promise<void> {
    try {
      const listeners = await this.#deps.claims.release(run.identityId, run.queryId);
      if (listeners === undefined) run.forsake();
      else this.#attachAll(run, listeners);
    } catch (error) {
      log.warn({ err: error }, 'claim not released; its lease will end');
    }
  }

  /** Tells the listeners of a query that is done the answer that was stored. */
  async replay(run: QueryRun, session: SessionItem): Promise<void> {
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

  #attachAll(run: QueryRun, connectionIds: readonly string[]): void {
    for (const connectionId of connectionIds) this.attachConnection(run, connectionId);
  }

  async #pipeline(run: QueryRun, session: SessionItem, inputs: Inputs, log: Logger): Promise<Answer> {
    const { engines, metrics } = this.#deps;
    return await answerQuestion(
      {
        question: inputs.question,
        ...inputs.lecture,
        conversation: session.conversation,
        language: inputs.language,
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
          metrics.speechFailed();
          log.warn({ err: error }, 'speech failed; the text goes on');
        },
      },
      run.signal,
    );
  }

  /** Stores a whole answer and tells so. Where storage is away, the student hears of it in time; the answer is not lost. */
  async #keep(run: QueryRun, request: QueryRequest, answer: Answer, log: Logger): Promise<void> {
    const { metrics } = this.#deps;
    const { storingMs, storingFailedMs } = this.#options;
    const over = new AbortController();
    const wait = (ms: number): Promise<undefined> => sleep(ms, undefined, { signal: over.signal });
    let onFailure: () => void = () => undefined;
    const failed = new Promise<void>((resolve) => (onFailure = resolve));
    const storing = this.#store(run, request, answer, log, onFailure);
    storing.catch(() => undefined);
    const tooLong = [wait(storingMs), failed.then(() => wait(storingFailedMs))];
    const done = await Promise.race([storing, ...tooLong]).finally(() => over.abort());
    if (done !== undefined) {
      metrics.observe('done', done.timings);
      log.info({ ...done.timings, citations: done.citations.length, spoken: done.audioKey !== null }, 'answered');
      await run.end(done);
      // Only now: until it is told, another process must see that it is not.
      await this.#release(run, log);
      await run.flush();
      return;
    }
    metrics.observe('internal');
    log.warn({ totalMs: elapsedMs(run) }, 'answered, but not stored yet');
    await run.end(errorBody(new SynapscribeError('internal', NOT_KEPT_YET)));
    await storing;
    log.info({ totalMs: elapsedMs(run) }, 'stored at last');
    await this.#release(run, log);
  }

  /** Keeps the spoken answer and the turn. A recording of the answer that cannot be kept does not lose the turn. */
  async #store(
    run: QueryRun,
    request: QueryRequest,
    answer: Answer,
    log: Logger,
    onFailure: () => void,
  ): Promise<Done> {
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
    const askedAt = new Date().toISOString();
    const turn: Turn = { queryId, question, answer: answer.answer, citations, audioKey, askedAt };
    const append = async (): Promise<number> => {
      // Whoever has it now has told the student that it was interrupted.
      if (!(await run.isOurs())) run.forsake();
      run.signal.throwIfAborted();
      return await sessions.appendTurn(identityId, lectureId, turn);
    };
    const number = await withPatience(append, STORAGE_PATIENCE, run.signal, onFailure).catch(async (error: unknown) => {
      // Nothing is left of a lecture that was deleted meanwhile.
      const left = [audioKey, request.audioKey].filter((key) => typeof key === 'string');
      if (error instanceof SynapscribeError && error.code === 'not_found') await objects.remove(left);
      throw error;
    });
    await claims.done(identityId, queryId).catch((error: unknown) => log.warn({ err: error }, 'not noted as done'));
    const audioUrl = audioKey === null ? null : await objects.linkToAnswer(identityId, queryId);
    const total = { ...timings, totalMs: elapsedMs(run) };
    const body = { question, answer: answer.answer, turn: number, audioKey, audioUrl, citations, timings: total };
    return { type: 'done', ...body };
  }
}

const elapsedMs = (run: QueryRun): number => Math.round(performance.now() - run.startedAt);

const errorBody = ({ code, message, retryable }: SynapscribeError) =>
  ({ type: 'error', code, message, retryable }) as const;
