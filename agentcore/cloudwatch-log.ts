/** Writes `CloudWatchMetrics` to the log, now and then and at the end. CloudWatch reads the figures out of the log. */
import type { CloudWatchMetrics } from './cloudwatch-metrics.ts';

/** Four to a minute of CloudWatch. */
export const INTERVAL_MS = 15_000;

export class CloudWatchLog {
  readonly #metrics: CloudWatchMetrics;
  readonly #write: (text: string) => void;
  readonly #timer: NodeJS.Timeout;

  /** @param write takes whole lines; stdout, as the log itself, so that no line comes into another */
  constructor(metrics: CloudWatchMetrics, write = (text: string): void => void process.stdout.write(text)) {
    this.#metrics = metrics;
    this.#write = write;
    this.#timer = setInterval(() => this.#flush(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Writes what is left, and no more after that. */
  stop(): void {
    clearInterval(this.#timer);
    this.#flush();
  }

  #flush(): void {
    this.#write(`${this.#metrics.take(Date.now()).join('\n')}\n`);
  }
}
