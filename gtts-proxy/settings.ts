/** The speech service's settings. */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { baseUrl, host, integer, logLevel, port, readSettings } from '../service-kit/settings.ts';

const settingsSchema = z.object({
  PORT: port(8001),
  HOST: host(),
  LOG_LEVEL: logLevel(),
  /** `auto` is Google, and the offline voices where Google cannot be reached; `offline` is Flite and eSpeak NG. */
  SPEECH_ENGINE: z.enum(['auto', 'google', 'offline', 'flite']).default('auto'),
  /** Asked of clients as a bearer token where it is set; AgentCore's setting for it has the same name. */
  TTS_API_KEY: z.string().min(1).optional(),
  /** Answers being spoken at once, and requests that may wait for one of those places; what is more gets a 429. */
  MAX_CONCURRENT_REQUESTS: integer(1, 1000).default(16),
  MAX_QUEUED_REQUESTS: integer(0, 10_000).default(64),
  /** Threads that speak offline. */
  FLITE_THREADS: integer(1, 64).default(Math.min(4, availableParallelism())),
  /** The Flite WebAssembly file, where it is not the installed package's. */
  FLITE_WASM_PATH: z.string().min(1).optional(),
  /** eSpeak NG's program; where there is none, offline speech is English only. */
  ESPEAK_PATH: z.string().min(1).default('espeak-ng'),
  /** eSpeak NG's processes at once. */
  ESPEAK_PROCESSES: integer(1, 64).default(Math.min(4, availableParallelism())),
  /** Where answers are kept, to be given again; none are without it. */
  TTS_CACHE_DIR: z.string().min(1).optional(),
  /** Of all answers there together. */
  TTS_CACHE_MAX_BYTES: integer(1, 1024 ** 4).default(256 * 1024 ** 2),
  /** In place of https://translate.google.<tld>, for tests. */
  GOOGLE_TTS_BASE_URL: baseUrl().optional(),
  /** How long Google may take for one piece of at most 100 characters, to its last byte. */
  GOOGLE_TTS_TIMEOUT_MS: integer(50, 60_000).default(2500),
  /** After a failure that will last: until Google is asked for a word again, to see whether it is back. */
  GOOGLE_TTS_RESET_MS: integer(100, 3_600_000).default(30_000),
});

export type GttsProxySettings = z.infer<typeof settingsSchema>;

/** @throws SettingsError naming every wrong setting */
export function readGttsProxySettings(env?: NodeJS.ProcessEnv): GttsProxySettings {
  return readSettings(settingsSchema, env);
}
