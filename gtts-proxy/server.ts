/** The speech service, started: engines warmed, the port open. */
import { createServer } from 'node:http';
import { createLogger, type Logger } from '../service-kit/logger.ts';
import { closeServer, listen, type RunningService } from '../service-kit/service.ts';
import { Admission } from './admission.ts';
import { createApp } from './app.ts';
import { AnswerCache } from './cache/answer-cache.ts';
import { DiskStore } from './cache/disk-store.ts';
import { encode } from './encoding.ts';
import type { SpeechEngine } from './engine.ts';
import { EspeakEngine } from './espeak/espeak-engine.ts';
import { FliteEngine } from './flite/flite-engine.ts';
import { GoogleEngine } from './google/google-engine.ts';
import { SpeechMetrics } from './metrics.ts';
import type { GttsProxySettings } from './settings.ts';
import { SpeechService } from './speech.ts';

const WARM_UP = 'Good morning. These few words are spoken at the start, for nobody.';

/** Answers being spoken get this long to end; where none is, only a connection that was never used can be open. */
const STOP_GRACE_MS = 5000;
const IDLE_STOP_GRACE_MS = 100;

/** @throws Error with one sentence where an engine or the port is not to be had */
export async function startGttsProxy(settings: GttsProxySettings): Promise<RunningService & { port: number }> {
  const log = createLogger('gtts-proxy', settings.LOG_LEVEL);
  const engines = await startEngines(settings, log);
  const admission = new Admission(settings.MAX_CONCURRENT_REQUESTS, settings.MAX_QUEUED_REQUESTS);
  const cache = await openCache(settings, log);
  const metrics = new SpeechMetrics(admission, engines, cache);
  const onFailure = (engine: string): void => metrics.engineFailures.inc({ engine });
  const speech = new SpeechService({ engines, cache, log, onFailure });
  await warmUp(new SpeechService({ engines, log, onFailure }));
  const stopEngines = async (): Promise<void> => {
    await Promise.all([cache.stop(), ...engines.map((engine) => engine.stop())]);
  };

  let stopping = false;
  const isStopping = (): boolean => stopping;
  const server = createServer(createApp({ speech, admission, metrics, log, apiKey: settings.TTS_API_KEY, isStopping }));
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

/** Speaks to nobody, offline, so that the first listener meets compiled code all the way. */
async function warmUp(speech: SpeechService): Promise<void> {
  if (!speech.engines.some((engine) => engine.name === 'flite')) return;
  const { signal } = new AbortController();
  const voice = { language: 'en', tld: 'com', voiceByEngine: { flite: 'rms' } };
  const format = 'mp3';
  const { audio } = await speech.begin({
    text: WARM_UP,
    voice,
    speed: 1,
    format,
    encode: (chunks, wanted) => encode(chunks, format, wanted),
    signal,
  });
  let bytes = 0;
  for await (const buffer of audio) bytes += buffer.length;
  if (bytes === 0) throw new Error('The offline voice makes no sound.');
}

/** A folder that cannot be written costs the cache, not the voice. */
async function openCache(settings: GttsProxySettings, log: Logger): Promise<AnswerCache> {
  const { TTS_CACHE_DIR: folder, TTS_CACHE_MAX_BYTES: maxBytes } = settings;
  if (folder === undefined) return new AnswerCache();
  try {
    return new AnswerCache(await DiskStore.open({ folder, maxBytes, log }));
  } catch (error) {
    log.warn({ err: error, folder }, 'answers are not kept: their folder cannot be used');
    return new AnswerCache();
  }
}

/** In the order in which they are asked. */
async function startEngines(settings: GttsProxySettings, log: Logger): Promise<SpeechEngine[]> {
  const { SPEECH_ENGINE: mode, FLITE_THREADS: size, FLITE_WASM_PATH: wasmPath } = settings;
  const { ESPEAK_PATH: path, ESPEAK_PROCESSES: processes } = settings;
  const flite = mode === 'google' ? undefined : await FliteEngine.start({ size, wasmPath, log });
  const espeak =
    mode === 'auto' || mode === 'offline' ? await EspeakEngine.detect({ path, processes, log }) : undefined;
  const offline = [flite, espeak].filter((engine) => engine !== undefined);
  if (mode === 'flite' || mode === 'offline') return offline;
  const google = new GoogleEngine({
    baseUrl: settings.GOOGLE_TTS_BASE_URL,
    timeoutMs: settings.GOOGLE_TTS_TIMEOUT_MS,
    resetMs: settings.GOOGLE_TTS_RESET_MS,
    log,
  });
  return [google, ...offline];
}
