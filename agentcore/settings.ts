/** AgentCore's settings, from the environment. */
import { z } from 'zod';
import { baseUrl, host, integer, logLevel, port } from '../service-kit/settings.ts';

export const settingsSchema = z.object({
  PORT: port(5000),
  HOST: host(),
  LOG_LEVEL: logLevel(),

  /** An OpenAI-compatible base, `/v1` included. */
  LLM_BASE_URL: baseUrl().default('http://127.0.0.1:8000/v1'),
  LLM_MODEL: z.string().min(1).default('qwen-omni'),
  LLM_API_KEY: z.string().default('none'),
  LLM_CONTEXT_TOKENS: integer(2_048, 1_000_000).default(16_384),
  /** Until the model's first token, its own queue included; then between two tokens. */
  LLM_FIRST_TOKEN_TIMEOUT_MS: integer(100, 600_000).default(30_000),
  LLM_TOKEN_TIMEOUT_MS: integer(100, 600_000).default(10_000),

  /** The ears, where they are not the mind's server; `earsOf` says what stands in for what is left out. */
  ASR_BASE_URL: baseUrl().optional(),
  ASR_MODEL: z.string().min(1).optional(),
  ASR_API_KEY: z.string().optional(),
  /** Of the prompt, as the server counts them: fewer mean that it cut the recording. Qwen2.5-Omni makes one of 40 ms. */
  ASR_TOKENS_PER_SECOND: z.coerce.number().min(0).max(1_000).default(25),

  /** Whoever waits so long has the server probed; one that answers nothing any more is not waited for. */
  PROBE_AFTER_MS: integer(10, 60_000).default(1_500),
  /** A probe has failed by then; two in a row mean that the server is gone. 0 turns probing off. */
  PROBE_TIMEOUT_MS: integer(0, 60_000).default(2_000),

  TTS_BASE_URL: baseUrl().default('http://127.0.0.1:8001/v1'),
  TTS_API_KEY: z.string().default('none'),
  TTS_MODEL: z.string().min(1).default('gtts'),
  TTS_VOICE: z.string().min(1).default('alloy'),
  /** Until a piece's first byte of speech, then between two chunks. */
  TTS_TIMEOUT_MS: integer(100, 120_000).default(8_000),

  AWS_REGION: z.string().min(1).default('us-east-1'),
  AWS_ENDPOINT_URL: baseUrl().optional(),
  /** How clients reach S3, where that differs from how AgentCore does (local only). */
  PUBLIC_AWS_URL: baseUrl().optional(),
  AUDIO_BUCKET: z.string().min(3),
  SESSIONS_TABLE: z.string().min(3),
  /** The WebSocket API's `@connections` endpoint, stage included: `https://<api>.execute-api.<region>.amazonaws.com/Prod`. */
  CONNECTIONS_ENDPOINT: baseUrl(),

  /** Where CloudWatch keeps the figures that it reads out of the log; without one, none are written there. */
  CLOUDWATCH_METRICS_NAMESPACE: z
    .string()
    .regex(/^(?!AWS\/|:)[\w./#:-]{1,255}$/, 'has to be up to 255 letters, digits and ._/#:- and not one of AWS itself')
    .optional(),

  /** A client that takes no messages for so long is given up; its answer is stored all the same. */
  CLIENT_STALL_MS: integer(100, 600_000).default(15_000),

  /** Between two signs of life of a question that has nothing to tell. Clients take eight seconds of silence for death. */
  WORKING_INTERVAL_MS: integer(50, 5_000).default(3_000),

  MAX_CONCURRENT_QUERIES: integer(1, 10_000).default(64),
  MAX_QUERIES_PER_STUDENT: integer(1, 10_000).default(24),
  MAX_QUESTION_SECONDS: integer(1, 240).default(60),
  MAX_LECTURE_SECONDS: integer(1, 24 * 3600).default(4 * 3600),
  QUERY_TIMEOUT_MS: integer(1_000, 900_000).default(120_000),
  /**
   * A lecture is recognised in pieces of at most so many seconds. The CPU recogniser repeats itself past 30; the big
   * model hears such a piece just as well, and cuts what is longer than 300, in silence.
   */
  MAX_PIECE_SECONDS: integer(5, 240).default(28),
  /** A lecture whose host has died is taken by another after so long. */
  LECTURE_LEASE_MS: integer(500, 600_000).default(15_000),
  CONCURRENT_LECTURES: integer(1, 64).default(2),
  /** Pieces in recognition at once, over all lectures. */
  CONCURRENT_PIECES: integer(1, 64).default(2),
  /** Running queries get this long to end at shutdown. */
  SHUTDOWN_GRACE_MS: integer(0, 60_000).default(7_000),
});

export type Settings = z.infer<typeof settingsSchema>;

export interface Ears {
  baseUrl: string;
  model: string;
  apiKey: string;
}

/** The server that hears: the mind's, but for what is set. The mind's key is not told to another host. */
export function earsOf(settings: Settings): Ears {
  const { LLM_BASE_URL, LLM_MODEL, LLM_API_KEY, ASR_BASE_URL = LLM_BASE_URL } = settings;
  const sameHost = new URL(ASR_BASE_URL).origin === new URL(LLM_BASE_URL).origin;
  return {
    baseUrl: ASR_BASE_URL,
    model: settings.ASR_MODEL ?? LLM_MODEL,
    apiKey: settings.ASR_API_KEY ?? (sameHost ? LLM_API_KEY : 'none'),
  };
}
