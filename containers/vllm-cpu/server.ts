/** The CPU stand-in for vLLM: vLLM's HTTP surface around small engines, or around a script. */
import { createServer } from 'node:http';
import { createLogger } from '../../service-kit/logger.ts';
import { closeServer, listen, type RunningService } from '../../service-kit/service.ts';
import { createApp } from './app.ts';
import type { Engine } from './engine.ts';
import { createScriptedEngine } from './script/scripted-engine.ts';
import { readScript } from './script/script-settings.ts';
import type { Settings } from './settings.ts';

const STOP_GRACE_MS = 3000;
/** Longer than clients keep a connection, so that none is closed while they reuse it. */
const KEEP_ALIVE_MS = 75_000;

export interface StartOptions {
  /** The file that worker threads start with; it must call `serveEars` there. Not needed in scripted mode. */
  workerEntry?: URL;
  /** The engine is gone for good, as vLLM's can be: `/health` says 503 from then on. */
  onDeath?: (error: Error) => void;
}

/**
 * Starts listening once the model is loaded. In scripted mode no model is needed.
 * @throws Error with one sentence where the model's files are missing or broken
 */
export async function startVllmCpu(
  settings: Settings,
  options: StartOptions = {},
): Promise<RunningService & { port: number }> {
  const log = createLogger('vllm-cpu', settings.LOG_LEVEL);
  const script = readScript(settings);
  const engine = script ? createScriptedEngine(() => script) : await loadEngine(settings, options);
  const app = createApp({ engine, settings, log, script });
  const server = createServer(app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = await listen(server, settings.PORT, settings.HOST);
  log.info({ port, mode: script ? 'script' : 'models' }, 'listening');
  return {
    port,
    stop: async () => {
      await closeServer(server, STOP_GRACE_MS);
      await engine.close();
    },
  };
}

async function loadEngine(settings: Settings, { workerEntry, onDeath }: StartOptions): Promise<Engine> {
  if (workerEntry === undefined) throw new Error('The speech model needs the file that its workers start with.');
  const { verifyModel } = await import('./model.ts');
  await verifyModel(settings.MODEL_DIR);
  const { createLocalEngine } = await import('./local-engine.ts');
  return createLocalEngine({
    workerEntry,
    modelDir: settings.MODEL_DIR,
    concurrency: settings.CONCURRENCY,
    onDeath: onDeath ?? (() => undefined),
  });
}
