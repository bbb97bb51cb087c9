/** AgentCore's HTTP API. */
import express, { type Express, type Request } from 'express';
import { z } from 'zod';
import {
  connectionIdSchema,
  lectureNotificationSchema,
  lectureRequestSchema,
  ownerQuerySchema,
  queryRequestSchema,
  type LectureNotification,
  type LectureRequest,
} from '../protocol/agent-api.ts';
import { SynapscribeError } from '../protocol/errors.ts';
import { idSchema } from '../protocol/keys.ts';
import { errorHandler, notFoundHandler } from '../service-kit/http-errors.ts';
import type { Logger } from '../service-kit/logger.ts';
import { parse } from '../service-kit/parse.ts';
import { requestLog } from '../service-kit/request-log.ts';
import { exportRoutes } from './exports/export-routes.ts';
import type { ExportService } from './exports/export-service.ts';
import type { Metrics } from './metrics.ts';
import type { QueryRunner } from './queries/query-runner.ts';
import { SseSink } from './queries/sse-sink.ts';
import type { Readiness } from './readiness.ts';

const queryParamsSchema = z.object({ queryId: idSchema });
const lectureParamsSchema = z.object({ lectureId: idSchema });

export interface AppDeps {
  queries: QueryRunner;
  lectures: {
    /** Takes a lecture for transcription; resolves when it is taken. */
    submit: (request: LectureRequest) => Promise<void>;
    /** Tells a student's connections of a lecture's status. */
    notify: (lectureId: string, notification: LectureNotification) => void;
    /** Takes a lecture away; resolves once nothing is left of it. */
    remove: (identityId: string, lectureId: string) => Promise<void>;
  };
  exports: ExportService;
  readiness: Readiness;
  metrics: Metrics;
  log: Logger;
  isDraining: () => boolean;
}

export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(requestLog(deps.log));
  app.use(express.json({ limit: '256kb', type: () => true }));

  app.get('/health', (_req, res) => {
    res.json({ status: 'ok' });
  });

  app.get('/ready', async (_req, res) => {
    const report = await deps.readiness.report();
    const ready = report.ready && !deps.isDraining();
    res.status(ready ? 200 : 503).json({ ...report, ready, draining: deps.isDraining() });
  });

  app.get('/metrics', async (_req, res) => {
    res.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics());
  });

  app.post('/v1/queries', async (req, res) => {
    const request = parse(queryRequestSchema, req.body);
    if (!wantsEvents(req)) {
      await deps.queries.submit(request);
      res.status(202).json({ queryId: request.queryId, status: 'accepted' });
      return;
    }
    const sink = new SseSink(res, request.queryId);
    const detach = await deps.queries.submit(request, sink);
    if (res.closed) detach();
    else res.on('close', detach);
    sink.open();
  });

  app.delete('/v1/queries/:queryId', async (req, res) => {
    const { identityId } = parse(ownerQuerySchema, req.query);
    const { queryId } = parse(queryParamsSchema, req.params);
    if (!(await deps.queries.cancel(identityId, queryId))) {
      throw new SynapscribeError('not_found', 'This question is not being answered.');
    }
    res.status(204).end();
  });

  app.delete('/v1/connections/:connectionId', (req, res) => {
    deps.queries.disconnect(parse(connectionIdSchema, req.params.connectionId));
    res.status(204).end();
  });

  app.post('/v1/lectures', async (req, res) => {
    const request = parse(lectureRequestSchema, req.body);
    await deps.lectures.submit(request);
    res.status(202).json({ lectureId: request.lectureId, status: 'accepted' });
  });

  app.delete('/v1/lectures/:lectureId', async (req, res) => {
    const { identityId } = parse(ownerQuerySchema, req.query);
    const { lectureId } = parse(lectureParamsSchema, req.params);
    await deps.lectures.remove(identityId, lectureId);
    res.status(204).end();
  });

  app.post('/v1/lectures/:lectureId/events', (req, res) => {
    const { lectureId } = parse(lectureParamsSchema, req.params);
    deps.lectures.notify(lectureId, parse(lectureNotificationSchema, req.body));
    res.status(202).json({ lectureId, status: 'accepted' });
  });

  app.use('/v1/lectures', exportRoutes(deps.exports));

  app.use(notFoundHandler);
  app.use(errorHandler(deps.log));
  return app;
}

const wantsEvents = (req: Request): boolean =>
  req.accepts(['application/json', 'text/event-stream']) === 'text/event-stream';
