/** `/metrics`: a few of vLLM's own names, and the process's. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type FinishedReason = 'stop' | 'length' | 'abort' | 'error';

/** One request being measured. */
export interface MeasuredRequest {
  token: () => void;
  end: (reason: FinishedReason) => void;
}

const LATENCY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5, 3, 6, 12, 30, 60];

/** Counters and histograms of one server, in a registry of its own. */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #running: Gauge;
  readonly #promptTokens: Counter;
  readonly #generationTokens: Counter;
  readonly #success: Counter<'finished_reason'>;
  readonly #firstToken: Histogram;
  readonly #latency: Histogram;

  constructor(model: string) {
    const registers = [this.#registry];
    this.#registry.setDefaultLabels({ model_name: model });
    collectDefaultMetrics({ register: this.#registry });
    this.#running = new Gauge({ name: 'vllm:num_requests_running', help: 'Requests being worked on.', registers });
    this.#promptTokens = new Counter({ name: 'vllm:prompt_tokens_total', help: 'Prompt tokens.', registers });
    this.#generationTokens = new Counter({ name: 'vllm:generation_tokens_total', help: 'Tokens sent.', registers });
    this.#success = new Counter({
      name: 'vllm:request_success_total',
      help: 'Requests by how they ended.',
      labelNames: ['finished_reason'],
      registers,
    });
    this.#firstToken = new Histogram({
      name: 'vllm:time_to_first_token_seconds',
      help: 'From the arrival of a request to its first token.',
      buckets: LATENCY_BUCKETS,
      registers,
    });
    this.#latency = new Histogram({
      name: 'vllm:e2e_request_latency_seconds',
      help: 'From the arrival of a request to its end.',
      buckets: LATENCY_BUCKETS,
      registers,
    });
  }

  /** @param arrivedAt on the clock of `performance.now()` */
  begin(arrivedAt: number, promptTokens: number): MeasuredRequest {
    const seconds = (): number => (performance.now() - arrivedAt) / 1000;
    let first = true;
    this.#running.inc();
    this.#promptTokens.inc(promptTokens);
    return {
      token: () => {
        if (first) this.#firstToken.observe(seconds());
        first = false;
        this.#generationTokens.inc();
      },
      end: (reason) => {
        this.#running.dec();
        this.#latency.observe(seconds());
        this.#success.inc({ finished_reason: reason });
      },
    };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }
}
