/** Prometheus's HTTP API, as far as the tests ask it. Source: https://prometheus.io/docs/prometheus/latest/querying/api/ */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const POLL_MS = 250;

const sampleSchema = z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) });
const querySchema = z.object({ data: z.object({ resultType: z.literal('vector'), result: z.array(sampleSchema) }) });
const targetsSchema = z.object({
  data: z.object({
    activeTargets: z.array(z.object({ labels: z.record(z.string(), z.string()), health: z.string() })),
  }),
});
const rulesSchema = z.object({
  data: z.object({
    groups: z.array(
      z.object({ rules: z.array(z.object({ name: z.string(), health: z.string(), state: z.string() })) }),
    ),
  }),
});

export interface Sample {
  labels: Record<string, string>;
  value: number;
}

export class PrometheusClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws Error with Prometheus's own words where it cannot evaluate the expression */
  async query(expression: string): Promise<Sample[]> {
    const { data } = querySchema.parse(
      await this.#get(`query?${new URLSearchParams({ query: expression }).toString()}`),
    );
    return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
  }

  async targets(): Promise<{ job: string; health: string }[]> {
    const { data } = targetsSchema.parse(await this.#get('targets?state=active'));
    return data.activeTargets.map(({ labels, health }) => ({ job: labels['job'] ?? '', health }));
  }

  async rules(): Promise<{ name: string; health: string; state: string }[]> {
    const { data } = rulesSchema.parse(await this.#get('rules?type=alert'));
    return data.groups.flatMap(({ rules }) => rules);
  }

  /**
   * Asks until the answer is right: after the next scrapes, that is.
   * @returns the last answer, right or not, after `timeoutMs` at the latest
   */
  async until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean, timeoutMs = 30_000): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const answer = await ask();
      if (isRight(answer) || performance.now() > deadline) return answer;
      await delay(POLL_MS);
    }
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/v1/${path}`);
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  }
}
