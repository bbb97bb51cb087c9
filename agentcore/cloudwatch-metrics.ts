/**
 * What has happened since the last line, as lines in CloudWatch's Embedded Metric Format. Source:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import type { ErrorCode } from '../protocol/errors.ts';
import type { Timings } from '../protocol/messages.ts';
import { CLOUDWATCH_METRICS, type CloudWatchMetricName } from './cloudwatch-metric-names.ts';
import type { MetricsListener } from './metrics.ts';

/** Of one metric, in one line. */
const MAX_VALUES = 100;

/** Codes that are no student's doing, as in the rule `QuestionsFail` (compose/observability/rules.yml). */
export const FAILURES: ReadonlySet<ErrorCode> = new Set([
  'llm_unavailable',
  'tts_unavailable',
  'agent_unavailable',
  'overloaded',
  'internal',
]);

type Values = Partial<Record<CloudWatchMetricName, number | number[]>>;

export class CloudWatchMetrics implements MetricsListener {
  readonly #namespace: string;
  #depth = 0;
  #maxDepth = 0;
  #questions = 0;
  #failed = 0;
  #speechFailures = 0;
  #firstAudioMs: number[] = [];
  #totalMs: number[] = [];

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  workChanged(depth: number): void {
    this.#depth = depth;
    this.#maxDepth = Math.max(this.#maxDepth, depth);
  }

  questionEnded(outcome: 'done' | ErrorCode, timings?: Timings): void {
    this.#questions++;
    if (outcome !== 'done' && FAILURES.has(outcome)) this.#failed++;
    if (timings === undefined) return;
    if (timings.firstAudioMs !== null) this.#firstAudioMs.push(timings.firstAudioMs);
    this.#totalMs.push(timings.totalMs);
  }

  speechFailed(): void {
    this.#speechFailures++;
  }

  /**
   * Begins the next interval.
   * @param timestamp epoch milliseconds
   * @returns the last one's lines, without line ends: one, or more where there are more times than a line may have
   */
  take(timestamp: number): string[] {
    const firstAudio = this.#firstAudioMs;
    const total = this.#totalMs;
    const counts: Values = {
      QueueDepth: this.#maxDepth,
      Questions: this.#questions,
      QuestionsFailed: this.#failed,
      SpeechFailures: this.#speechFailures,
    };
    this.#maxDepth = this.#depth;
    this.#questions = 0;
    this.#failed = 0;
    this.#speechFailures = 0;
    this.#firstAudioMs = [];
    this.#totalMs = [];

    const lines: string[] = [];
    for (let from = 0; from === 0 || from < Math.max(firstAudio.length, total.length); from += MAX_VALUES) {
      const times: Values = {
        FirstAudio: firstAudio.slice(from, from + MAX_VALUES),
        TotalTime: total.slice(from, from + MAX_VALUES),
      };
      lines.push(this.#line(timestamp, from === 0 ? { ...counts, ...times } : times));
    }
    return lines;
  }

  #line(timestamp: number, values: Values): string {
    // A metric without a value would make the whole line one that CloudWatch refuses.
    const told = Object.entries(CLOUDWATCH_METRICS).flatMap(([name, unit]) => {
      const value = values[name as CloudWatchMetricName];
      return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [{ name, unit, value }];
    });
    const metrics = told.map(({ name, unit }) => ({ Name: name, Unit: unit }));
    // One set of no dimensions: the same metric from every host, however often hosts come and go.
    const directive = { Namespace: this.#namespace, Dimensions: [[]], Metrics: metrics };
    return JSON.stringify({
      _aws: { Timestamp: timestamp, CloudWatchMetrics: [directive] },
      ...Object.fromEntries(told.map(({ name, value }) => [name, value])),
    });
  }
}
