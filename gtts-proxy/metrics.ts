/** What an operator watches: who speaks, how soon, how often an engine fails, how long the line is. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Admission } from './admission.ts';

export type SpeechOutcome = 'ok' | 'refused' | 'failed' | 'broken_off' | 'client_left';

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

  constructor(admission: Admission, engines: readonly { name: string; isAvailable: () => boolean }[]) {
    const registers = [this.registry];
    // A series that is born with its first event has no rise that a query could see.
    for (const { name: engine } of engines) {
      this.firstByte.zero({ engine });
      this.engineFailures.inc({ engine }, 0);
    }
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
    collectDefaultMetrics({ register: this.registry });
  }
}
