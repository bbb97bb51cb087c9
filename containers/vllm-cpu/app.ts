/** The routes of vLLM's OpenAI-compatible server that this system and its operators use. */
import express, { type Express, type RequestHandler } from 'express';
import { requireKey } from '../../service-kit/bearer-key.ts';
import type { Logger } from '../../service-kit/logger.ts';
import type { Engine } from './engine.ts';
import { ServerMetrics } from './metrics.ts';
import { badRequest, vllmErrorHandler, vllmNotFound } from './openai/api-error.ts';
import { chatHandler } from './openai/chat.ts';
import { modelList } from './openai/models.ts';
import { RequestJournal } from './script/request-journal.ts';
import { scriptRoutes } from './script/routes.ts';
import type { Script } from './script/script-settings.ts';
import type { Settings } from './settings.ts';

/** Two recordings of 300 s, 16-bit at 16 kHz, as base64, and a full context of text. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const VERSION = '0.33.0+cpu.standin';

export interface AppOptions {
  engine: Engine;
  settings: Settings;
  log: Logger;
  /** Set in scripted mode. */
  script: Script | undefined;
}

export function createApp({ engine, settings, log, script }: AppOptions): Express {
  const metrics = new ServerMetrics(settings.LLM_MODEL);
  const journal = script ? new RequestJournal() : undefined;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  app.get('/health', (_req, res) => {
    res.status(engine.healthy() ? 200 : 503).end();
  });
  app.get('/version', (_req, res) => {
    res.json({ version: VERSION });
  });
  app.get('/metrics', async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.render());
  });
  if (script && journal) app.use('/stub', scriptRoutes(script, journal));

  if (settings.VLLM_API_KEY !== undefined) app.use('/v1', requireKey(settings.VLLM_API_KEY, refuse));
  const models = modelList(settings.LLM_MODEL, engine.root, settings.LLM_CONTEXT_TOKENS);
  app.get('/v1/models', (_req, res) => {
    res.json(models);
  });
  app.post(
    '/v1/chat/completions',
    (_req, res, next) => {
      res.locals.arrivedAt = performance.now();
      next();
    },
    express.json({ limit: MAX_BODY_BYTES, type: () => true }),
    chatHandler({
      engine,
      model: settings.LLM_MODEL,
      contextTokens: settings.LLM_CONTEXT_TOKENS,
      metrics,
      log,
      journal,
    }),
  );
  app.post('/v1/audio/transcriptions', () => {
    throw badRequest('The model does not support Transcriptions API');
  });
  app.use(vllmNotFound);
  app.use(vllmErrorHandler(log));
  return app;
}

/** vLLM's 401 has a body of its own. */
const refuse: RequestHandler = (_req, res) => {
  res.status(401).json({ error: 'Unauthorized' });
};
