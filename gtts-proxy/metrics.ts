/** What an operator watches: who speaks, how soon, how often an engine fails, how long the line is. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Admission } from './admission.ts';
import type { AnswerCache, CacheResult } from './cache/answer-cache.ts';
import type { BreakerState, SpeechEngine } from './engine.ts';

export type SpeechOutcome = 'ok' | 'refused' | 'failed' | 'broken_off' | 'client_left';

type WatchedEngine = Pick<SpeechEngine, 'name' | 'isAvailable' | 'breaker'>;
type WatchedCache = Pick<AnswerCache, 'bytes' | 'count'>;

const BREAKER_STATES: readonly BreakerState[] = ['closed', 'open', 'half_open'];
const CACHE_RESULTS: readonly (CacheResult | 'none')[] = ['hit', 'joined', 'miss', 'none'];

export class SpeechMetrics {
  readonly registry = new Registry();
  readonly requests = new Counter({
    name: 'speech_requests_total',
    help: 'Speech requests by engine, format and how they ended.',
    labelNames: ['engine', 'format', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly firstByte = new Histogram({
    name: 'speech_first_byte_seconds',
    help: 'From the request to its first audio byte.',
    labelNames: ['engine'] as const,
    buckets: [0.005, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5],
    registers: [this.registry],
  });
  readonly engineFailures = new Counter({
    name: 'speech_engine_failures_total',
    help: 'Times an engine was asked and gave no audio.',
    labelNames: ['engine'] as const,
    registers: [this.registry],
  });

  readonly cacheRequests = new Counter({
    name: 'speech_cache_requests_total',
    help: 'Answers by where they came from: hit on disk, joined in the making, miss, none where there was nothing to say.',
    labelNames: ['result'] as const,
    registers: [this.registry],
  });

  constructor(admission: Admission, engines: readonly WatchedEngine[], cache?: WatchedCache) {
    const registers = [this.registry];
    // A series that is born with its first event has no rise that a query could see.
    for (const { name: engine } of engines) {
      this.firstByte.zero({ engine });
      this.engineFailures.inc({ engine }, 0);
    }
    for (const result of CACHE_RESULTS) this.cacheRequests.inc({ result }, 0);
    new Gauge({
      name: 'speech_active_requests',
      help: 'Answers being spoken.',
      registers,
      collect() {
        this.set(admission.active);
      },
    });
    new Gauge({
      name: 'speech_waiting_requests',
      help: 'Requests in line.',
      registers,
      collect() {
        this.set(admission.waiting);
      },
    });
    new Gauge({
      name: 'speech_engine_available',
      help: '1 where the engine would be asked, 0 while its breaker is open.',
      labelNames: ['engine'] as const,
      registers,
      collect() {
        for (const engine of engines) this.set({ engine: engine.name }, engine.isAvailable() ? 1 : 0);
      },
    });
    new Gauge({
      name: 'speech_breaker_state',
      help: '1 for the state that an engine with a breaker is in, 0 for the others.',
      labelNames: ['engine', 'state'] as const,
      registers,
      collect() {
        for (const { name: engine, breaker } of engines) {
          if (breaker !== undefined) {
            for (const state of BREAKER_STATES) this.set({ engine, state }, state === breaker ? 1 : 0);
          }
        }
      },
    });
    new Gauge({
      name: 'speech_cache_bytes',
      help: 'Bytes of the answers kept on disk.',
      registers,
      collect() {
        this.set(cache?.bytes ?? 0);
      },
    });
    new Gauge({
      name: 'speech_cache_entries',
      help: 'Answers kept on disk.',
      registers,
      collect() {
        this.set(cache?.count ?? 0);
      },
    });
    collectDefaultMetrics({ register: this.registry });
  }
}
