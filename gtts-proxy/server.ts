/** The speech service, started: engines warmed, the port open. */
import { createServer } from 'node:http';
import { createLogger, type Logger } from '../service-kit/logger.ts';
import { closeServer, listen, type RunningService } from '../service-kit/service.ts';
import { Admission } from './admission.ts';
import { createApp } from './app.ts';
import type { SpeechEngine } from './engine.ts';
import { FliteEngine } from './flite/flite-engine.ts';
import { GoogleEngine } from './google/google-engine.ts';
import { SpeechMetrics } from './metrics.ts';
import type { GttsProxySettings } from './settings.ts';
import { SpeechService } from './speech.ts';

/** Answers being spoken get this long to end; where none is, only a connection that was never used can be open. */
const STOP_GRACE_MS = 5000;
const IDLE_STOP_GRACE_MS = 100;

/** @throws Error with one sentence where an engine or the port is not to be had */
export async function startGttsProxy(settings: GttsProxySettings): Promise<RunningService & { port: number }> {
  const log = createLogger('gtts-proxy', settings.LOG_LEVEL);
  const engines = await startEngines(settings, log);
  const admission = new Admission(settings.MAX_CONCURRENT_REQUESTS, settings.MAX_QUEUED_REQUESTS);
  const metrics = new SpeechMetrics(admission, engines);
  const speech = new SpeechService(engines, log, (engine) => metrics.engineFailures.inc({ engine }));
  const stopEngines = async (): Promise<void> => {
    await Promise.all(engines.map((engine) => engine.stop()));
  };

  let stopping = false;
  const isStopping = (): boolean => stopping;
  const server = createServer(createApp({ speech, admission, metrics, log, apiKey: settings.API_KEY, isStopping }));
  let port: number;
  try {
    port = await listen(server, settings.PORT, settings.HOST);
  } catch (error) {
    await stopEngines();
    throw error;
  }
  log.info({ port, engines: engines.map((engine) => engine.name) }, 'listening');
  return {
    port,
    stop: async () => {
      stopping = true;
      const isBusy = admission.active + admission.waiting > 0;
      await closeServer(server, isBusy ? STOP_GRACE_MS : IDLE_STOP_GRACE_MS);
      await stopEngines();
    },
  };
}

/** In the order in which they are asked. */
async function startEngines(settings: GttsProxySettings, log: Logger): Promise<SpeechEngine[]> {
  const { SPEECH_ENGINE: mode, FLITE_THREADS: size, FLITE_WASM_PATH: wasmPath } = settings;
  const flite = mode === 'google' ? [] : [await FliteEngine.start({ size, wasmPath, log })];
  if (mode === 'flite') return flite;
  const google = new GoogleEngine({
    baseUrl: settings.GOOGLE_TTS_BASE_URL,
    timeoutMs: settings.GOOGLE_TTS_TIMEOUT_MS,
    log,
  });
  return [google, ...flite];
}
