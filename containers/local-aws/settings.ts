/** Settings of local-aws, from the environment. */
import { z } from 'zod';
import { baseUrl, host, integer, logLevel, port } from '../../service-kit/settings.ts';

export const settingsSchema = z.object({
  /** The page and the WebSocket API. */
  PORT: port(8080),
  /** The AWS APIs. */
  AWS_PORT: port(4566),
  HOST: host(),
  LOG_LEVEL: logLevel(),

  DATA_DIR: z.string().min(1).default('.synapscribe/data'),
  /** A folder with the page; a small page of our own where it does not exist. */
  WEB_DIR: z.string().min(1).default('web/dist'),

  AWS_REGION: z.string().min(1).default('us-east-1'),
  AUDIO_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a bucket name')
    .default('synapscribe-audio-local'),
  SESSIONS_TABLE: z
    .string()
    .regex(/^[\w.-]{3,255}$/, 'must be a table name')
    .default('SynapScribe-Sessions'),
  IDENTITY_POOL_ID: z.string().min(1).default('us-east-1:5ca1ab1e-0000-4000-8000-000000000001'),
  AGENTCORE_ENDPOINT: baseUrl().default('http://127.0.0.1:5000'),

  /** The services' own key: it may do everything. */
  LOCAL_ACCESS_KEY_ID: z.string().min(1).default('local'),
  LOCAL_SECRET_ACCESS_KEY: z.string().min(1).default('local-secret'),

  /** What clients outside are told; from HOST and the ports where unset. */
  PUBLIC_AWS_URL: baseUrl().optional(),
  PUBLIC_WS_URL: z
    .url({ protocol: /^wss?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Further `host:port` names under which a signature made for this service is accepted, separated by commas. */
  HOST_ALIASES: z
    .string()
    .default('local-aws:4566,local-aws:8080')
    .transform((list) => list.split(',').flatMap((name) => name.trim() || [])),

  IDLE_TIMEOUT_MS: integer(10, 86_400_000).default(600_000),
  MAX_CONNECTION_MS: integer(10, 86_400_000).default(7_200_000),
  INTEGRATION_TIMEOUT_MS: integer(10, 900_000).default(29_000),
  /** Bytes that wait for a client that does not read, before posts to it are refused. */
  MAX_BUFFERED_BYTES: integer(1, 1_000_000_000).default(1_048_576),
  /** Between two runs of TTL and the lifecycle rules. */
  SWEEP_INTERVAL_MS: integer(10, 86_400_000).default(60_000),
  /** Before an S3 event is delivered again; doubled for the second time. */
  EVENT_RETRY_MS: integer(1, 600_000).default(2_000),
});

export type Settings = z.infer<typeof settingsSchema>;
