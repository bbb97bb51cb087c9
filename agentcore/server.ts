/** AgentCore put together from its settings. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../service-kit/logger.ts';
import { closeServer, listen, type RunningService } from '../service-kit/service.ts';
import { createApp } from './app.ts';
import { CloudWatchLog } from './cloudwatch-log.ts';
import { CloudWatchMetrics } from './cloudwatch-metrics.ts';
import { createEngines } from './engines/create-engines.ts';
import { ExportService } from './exports/export-service.ts';
import { createLectureService } from './lectures/create-lecture-service.ts';
import { Metrics } from './metrics.ts';
import { createQueryService } from './queries/create-query-service.ts';
import { LectureLibrary } from './queries/lecture-library.ts';
import { Readiness } from './readiness.ts';
import type { Settings } from './settings.ts';
import { createAwsClients } from './storage/aws-clients.ts';
import { Connections } from './storage/connections.ts';
import { ObjectStore } from './storage/object-store.ts';
import { SessionStore } from './storage/session-store.ts';

/** After the grace of running queries: for their last events, then for whoever is still connected. */
const LAST_EVENTS_MS = 1_500;
const CLOSE_GRACE_MS = 1_000;

export async function startAgentCore(settings: Settings): Promise<RunningService & { port: number }> {
  const log = createLogger('agentcore', settings.LOG_LEVEL);
  const clients = createAwsClients(settings);
  const { documents } = clients;
  const table = settings.SESSIONS_TABLE;
  const objects = new ObjectStore(clients, settings.AUDIO_BUCKET);
  const sessions = new SessionStore(documents, table);
  const connections = new Connections(clients.connections, documents, {
    table,
    giveUpMs: settings.CLIENT_STALL_MS,
  });
  const engines = createEngines(settings);
  const namespace = settings.CLOUDWATCH_METRICS_NAMESPACE;
  const cloudWatch = namespace === undefined ? undefined : new CloudWatchMetrics(namespace);
  const metrics = new Metrics(cloudWatch);

  const shared = { settings, clients, objects, sessions, connections, metrics, log };
  const library = new LectureLibrary({
    objects,
    listReady: async (identityId) => await sessions.listReady(identityId),
  });
  const queries = createQueryService({ ...shared, engines, library });
  const lectures = createLectureService({ ...shared, library, recognizer: engines.recognizer });
  const exports = new ExportService({ sessions, library, objects });

  const readiness = new Readiness([
    ...engines.dependencies,
    { name: 's3', required: true, check: async (signal) => await objects.check(signal) },
    {
      name: 'dynamodb',
      required: true,
      check: async (abortSignal) => {
        await documents.send(new DescribeTableCommand({ TableName: table }), { abortSignal });
      },
    },
  ]);

  let draining = false;
  const isDraining = (): boolean => draining;
  const app = createApp({ queries: queries.runner, lectures, exports, readiness, metrics, log, isDraining });
  const server = createServer(app);
  const port = await listen(server, settings.PORT, settings.HOST);
  log.info({ port }, 'listening');
  const cloudWatchLog = cloudWatch && new CloudWatchLog(cloudWatch);
  // Opens the connections to all of them, so that the first question does not.
  void readiness.report();
  queries.watch();
  lectures.resume();

  return {
    port,
    stop: async () => {
      draining = true;
      log.info({ queries: queries.runner.running }, 'stopping');
      const drained = Promise.all([queries.drain(settings.SHUTDOWN_GRACE_MS), lectures.stop()]);
      await Promise.race([drained, sleep(settings.SHUTDOWN_GRACE_MS + LAST_EVENTS_MS, undefined, { ref: false })]);
      await closeServer(server, CLOSE_GRACE_MS);
      clients.destroy();
      cloudWatchLog?.stop();
      log.info('stopped');
    },
  };
}
