/**
 * What is counted and measured, told once: for Prometheus questions by outcome and histograms of every timing of an
 * answer, in seconds, and for a listener the same events.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ERROR_CODES, type ErrorCode } from '../protocol/errors.ts';
import type { Timings } from '../protocol/messages.ts';

const STAGE_BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10, 30];

const HISTOGRAMS = {
  asrMs: { name: 'synapscribe_query_asr_seconds', help: "Time spent on recognising a question's speech" },
  firstTokenMs: { name: 'synapscribe_query_first_token_seconds', help: "From the query to the answer's first token" },
  firstAudioMs: { name: 'synapscribe_query_first_audio_seconds', help: 'From the query to the first byte of speech' },
  totalMs: { name: 'synapscribe_query_total_seconds', help: 'From the query to the stored answer' },
} as const satisfies Record<keyof Timings, { name: string; help: string }>;

/** Told of the events that another output is made of. */
export interface MetricsListener {
  /** @param depth questions and lectures, waiting or in work */
  workChanged: (depth: number) => void;
  /** @param timings of a question that was answered */
  questionEnded: (outcome: 'done' | ErrorCode, timings?: Timings) => void;
  speechFailed: () => void;
}

export class Metrics {
  readonly registry = new Registry();
  readonly clientsGivenUp: Counter;
  readonly #listener: MetricsListener | undefined;
  readonly #inFlight: Gauge;
  readonly #lecturesInWork: Gauge;
  readonly #speechFailures: Counter;
  readonly #work = { questions: 0, lectures: 0 };
  readonly #queries: Counter<'outcome'>;
  readonly #lectures: Counter<'outcome'>;
  readonly #timings: Record<keyof Timings, Histogram>;

  constructor(listener?: MetricsListener) {
    this.#listener = listener;
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#inFlight = new Gauge({ name: 'synapscribe_queries_in_flight', help: 'Questions being answered', registers });
    this.#lecturesInWork = new Gauge({
      name: 'synapscribe_lectures_in_work',
      help: 'Lectures taken and not ended',
      registers,
    });
    this.#speechFailures = new Counter({
      name: 'synapscribe_speech_failures_total',
      help: 'Answers whose speech failed',
      registers,
    });
    this.clientsGivenUp = new Counter({
      name: 'synapscribe_clients_given_up_total',
      help: 'Clients that stopped reading before their answer was out',
      registers,
    });
    this.#queries = new Counter({
      name: 'synapscribe_queries_total',
      help: 'Questions by outcome: done, or the error code',
      labelNames: ['outcome'],
      registers,
    });
    this.#lectures = new Counter({
      name: 'synapscribe_lectures_total',
      help: 'Lectures by outcome: ready, rejected or deleted',
      labelNames: ['outcome'],
      registers,
    });
    // A series that is born with its first event has no rise that a query could see.
    for (const outcome of ['done', ...ERROR_CODES]) this.#queries.inc({ outcome }, 0);
    for (const outcome of ['ready', 'rejected', 'deleted']) this.#lectures.inc({ outcome }, 0);
    const histogram = (key: keyof Timings) => new Histogram({ ...HISTOGRAMS[key], buckets: STAGE_BUCKETS, registers });
    this.#timings = {
      asrMs: histogram('asrMs'),
      firstTokenMs: histogram('firstTokenMs'),
      firstAudioMs: histogram('firstAudioMs'),
      totalMs: histogram('totalMs'),
    };
  }

  queriesInFlight(count: number): void {
    this.#inFlight.set(count);
    this.#work.questions = count;
    this.#tellWork();
  }

  /** Lectures that wait or are in work. */
  lecturesInWork(count: number): void {
    this.#lecturesInWork.set(count);
    this.#work.lectures = count;
    this.#tellWork();
  }

  speechFailed(): void {
    this.#speechFailures.inc();
    this.#listener?.speechFailed();
  }

  /** Counts a query that ended, with its timings where it was answered. */
  observe(outcome: 'done' | ErrorCode, timings?: Timings): void {
    this.#queries.inc({ outcome });
    this.#listener?.questionEnded(outcome, timings);
    if (timings === undefined) return;
    for (const key of Object.keys(HISTOGRAMS) as (keyof Timings)[]) {
      const milliseconds = timings[key];
      if (milliseconds !== null) this.#timings[key].observe(milliseconds / 1000);
    }
  }

  lectureEnded(outcome: 'ready' | 'rejected' | 'deleted'): void {
    this.#lectures.inc({ outcome });
  }

  #tellWork(): void {
    this.#listener?.workChanged(this.#work.questions + this.#work.lectures);
  }
}
