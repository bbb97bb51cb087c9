/** `/metrics` of the AWS port: open connections, Lambda invocations, S3 events on their way, the process. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import type { LambdaHandler, LambdaHandlers } from './lambda.ts';
import { MESSAGE_ROUTES } from './websocket/gateway.ts';

const OUTCOMES = ['ok', 'refused', 'failed'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** A handler answers the student within a second, reads a lecture's head in a few, and has 29 s at most. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

const WEBSOCKET_ROUTES = ['$connect', '$disconnect', '$default', ...MESSAGE_ROUTES];
const EVENT_ROUTE = 's3:ObjectCreated';

const webSocketEventSchema = z.object({ requestContext: z.object({ routeKey: z.string() }) });
const answerSchema = z.object({ statusCode: z.coerce.number() });

export class LocalAwsMetrics {
  readonly #registry = new Registry();
  readonly #invocations: Counter<'function' | 'route' | 'outcome'>;
  readonly #duration: Histogram<'function' | 'route'>;
  readonly #deliveries: Counter<'outcome'>;

  /** @param countConnections asked at every scrape */
  constructor(countConnections: () => number) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      name: 'local_aws_websocket_connections',
      help: 'WebSocket connections that are open.',
      registers,
      collect() {
        this.set(countConnections());
      },
    });
    this.#invocations = new Counter({
      name: 'local_aws_lambda_invocations_total',
      help: 'Lambda invocations by function, route and outcome: ok, refused (a 4xx), failed (a 5xx, or thrown).',
      labelNames: ['function', 'route', 'outcome'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'local_aws_lambda_duration_seconds',
      help: 'How long Lambda invocations took.',
      labelNames: ['function', 'route'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#deliveries = new Counter({
      name: 'local_aws_s3_event_deliveries_total',
      help: 'Attempts to deliver an S3 event to its Lambda, by outcome: delivered or failed.',
      labelNames: ['outcome'],
      registers,
    });
    // A series that is born with its first event has no rise that a query could see.
    for (const outcome of ['delivered', 'failed']) this.#deliveries.inc({ outcome }, 0);
  }

  /** The same handlers, every invocation counted and timed. */
  measure({ webSocket, validateLecture }: LambdaHandlers): LambdaHandlers {
    return {
      webSocket: this.#measured('WebSocketHandler', WEBSOCKET_ROUTES, webSocket),
      validateLecture: this.#measured('ValidateLectureFunction', [EVENT_ROUTE], validateLecture),
    };
  }

  /** The same delivery, its outcome counted. */
  countDeliveries(deliver: (event: unknown) => Promise<void>): (event: unknown) => Promise<void> {
    return async (event) => {
      let outcome = 'failed';
      try {
        await deliver(event);
        outcome = 'delivered';
      } finally {
        this.#deliveries.inc({ outcome });
      }
    };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  #measured(name: string, routes: readonly string[], handler: LambdaHandler): LambdaHandler {
    for (const route of routes) {
      this.#duration.zero({ function: name, route });
      for (const outcome of OUTCOMES) this.#invocations.inc({ function: name, route, outcome }, 0);
    }
    return async (event, context) => {
      const labels = { function: name, route: routeOf(event) };
      const stopTimer = this.#duration.startTimer(labels);
      let outcome: Outcome = 'failed';
      try {
        const answer = await handler(event, context);
        outcome = outcomeOf(answer);
        return answer;
      } finally {
        stopTimer();
        this.#invocations.inc({ ...labels, outcome });
      }
    };
  }
}

function routeOf(event: unknown): string {
  const { data } = webSocketEventSchema.safeParse(event);
  return data?.requestContext.routeKey ?? EVENT_ROUTE;
}

/** An answer without a status is one to an event, or to `$disconnect`. */
function outcomeOf(answer: unknown): Outcome {
  const status = answerSchema.safeParse(answer).data?.statusCode ?? 200;
  if (status < 400) return 'ok';
  return status < 500 ? 'refused' : 'failed';
}
