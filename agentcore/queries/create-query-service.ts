/** Queries over the engines, S3, DynamoDB and `@connections`: run, joined, cancelled, and told of when their process dies. */
import type { Logger } from '../../service-kit/logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Engines } from '../pipeline/answer-question.ts';
import type { Settings } from '../settings.ts';
import type { AwsClients } from '../storage/aws-clients.ts';
import { Claims } from '../storage/claims.ts';
import { ConnectionStalledError, type Connections } from '../storage/connections.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { SessionStore } from '../storage/session-store.ts';
import { InterruptedQueries } from './interrupted-queries.ts';
import type { LectureLibrary } from './lecture-library.ts';
import { QueryRunner } from './query-runner.ts';
import { questionLoader } from './question-loader.ts';

/** A student hears within ten seconds that an answer cannot be kept. */
const STORING_MS = 8_000;
const STORING_FAILED_MS = 3_000;

export interface QueryServiceDeps {
  settings: Settings;
  clients: AwsClients;
  objects: ObjectStore;
  sessions: SessionStore;
  connections: Connections;
  engines: Engines;
  library: LectureLibrary;
  metrics: Metrics;
  log: Logger;
}

export interface QueryService {
  runner: QueryRunner;
  /** Looks for queries whose process has gone, from now on. */
  watch: () => void;
  /** See `QueryRunner.drain`. */
  drain: (graceMs: number) => Promise<void>;
}

export function createQueryService(deps: QueryServiceDeps): QueryService {
  const { settings, clients, objects, sessions, connections, engines, library, metrics, log } = deps;
  const claims = new Claims(clients.documents, settings.SESSIONS_TABLE, 'query');
  const runner = new QueryRunner(
    {
      engines,
      objects,
      sessions,
      claims,
      library,
      loadQuestion: questionLoader(objects, settings.MAX_QUESTION_SECONDS),
      connectionSink: (connectionId, mayRetry) => ({
        send: async (event) => {
          await connections.post(connectionId, event, mayRetry).catch((error: unknown) => {
            if (error instanceof ConnectionStalledError) metrics.clientsGivenUp.inc();
            throw error;
          });
        },
      }),
      metrics,
      log,
    },
    {
      contextTokens: settings.LLM_CONTEXT_TOKENS,
      maxConcurrent: settings.MAX_CONCURRENT_QUERIES,
      maxPerStudent: settings.MAX_QUERIES_PER_STUDENT,
      timeoutMs: settings.QUERY_TIMEOUT_MS,
      workingMs: settings.WORKING_INTERVAL_MS,
      storingMs: STORING_MS,
      storingFailedMs: STORING_FAILED_MS,
    },
  );
  const interrupted = new InterruptedQueries({
    claims,
    post: async (connectionId, message) => await connections.post(connectionId, message),
    metrics,
    log,
  });
  return {
    runner,
    watch: () => interrupted.start(),
    drain: async (graceMs) => {
      interrupted.stop();
      await runner.drain(graceMs);
    },
  };
}
