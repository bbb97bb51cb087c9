/** The HTTP surface: OpenAI's speech API and what an operator probes. */
import express, { type Express, type RequestHandler } from 'express';
import { requireKey } from '../service-kit/bearer-key.ts';
import { errorHandler, HttpError, notFoundHandler } from '../service-kit/http-errors.ts';
import { requestId } from '../service-kit/request-log.ts';
import { listVoices, MODELS, quote } from './catalogue.ts';
import { speechRoute, type SpeechRouteOptions } from './speech-route.ts';

export interface AppOptions extends SpeechRouteOptions {
  apiKey: string | undefined;
  isStopping: () => boolean;
}

/** 4096 characters of JSON, each escaped, with room for instructions. */
const MAX_BODY = '128kb';
/** Models have no date here; clients want a number. */
const CREATED = 1_700_000_000;

export function createApp(options: AppOptions): Express {
  const { speech, metrics, apiKey, log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.use(requestId);

  app.get('/health', (_req, res) => void res.json({ status: 'ok' }));
  app.get('/ready', (_req, res) => {
    const engines = Object.fromEntries(speech.engines.map((engine) => [engine.name, engine.isAvailable()]));
    const ready = !options.isStopping() && speech.isReady();
    res.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'unavailable', engines });
  });
  app.get('/metrics', async (_req, res) => {
    res.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  if (apiKey !== undefined) app.use('/v1', requireKey(apiKey));
  app.get('/v1/models', (_req, res) => void res.json({ object: 'list', data: MODELS.map(toModel) }));
  app.get('/v1/models/:model', (req, res) => {
    const model = MODELS.find((known) => known === req.params.model);
    if (model === undefined) {
      const message = `The model ${quote(req.params.model)} does not exist.`;
      throw new HttpError(404, message, { param: 'model', code: 'model_not_found' });
    }
    res.json(toModel(model));
  });
  app.get('/v1/audio/voices', (_req, res) => void res.json({ voices: listVoices(speech.engines) }));
  app.post('/v1/audio/speech', express.json({ limit: MAX_BODY, strict: false }), speechRoute(options));
  app.all(['/v1/models', '/v1/models/:model', '/v1/audio/voices'], only('GET, HEAD'));
  app.all('/v1/audio/speech', only('POST'));

  app.use(notFoundHandler);
  app.use(errorHandler(log));
  return app;
}

/** Refuses what none of the path's handlers has taken. Source: RFC 9110, section 15.5.6. */
function only(allow: string): RequestHandler {
  return (req) => {
    throw new HttpError(405, `${req.path} takes no ${req.method}: it takes ${allow}.`, {
      code: 'method_not_allowed',
      headers: { allow },
    });
  };
}

function toModel(id: string): Record<string, unknown> {
  return { id, object: 'model', created: CREATED, owned_by: 'synapscribe' };
}
