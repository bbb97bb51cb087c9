/** The error codes that a client may see, and the one error class that carries them through every service. */
import * as z from 'zod';

export const ERROR_CODES = [
  'bad_request',
  'forbidden',
  'not_found',
  'lecture_not_ready',
  'unsupported_audio',
  'audio_too_long',
  'no_speech',
  'llm_unavailable',
  'tts_unavailable',
  'agent_unavailable',
  'overloaded',
  'cancelled',
  'internal',
] as const;

export const errorCodeSchema = z.enum(ERROR_CODES);
export type ErrorCode = z.infer<typeof errorCodeSchema>;

const HTTP_STATUS: Record<ErrorCode, number> = {
  bad_request: 400,
  forbidden: 403,
  not_found: 404,
  lecture_not_ready: 409,
  unsupported_audio: 415,
  audio_too_long: 413,
  no_speech: 422,
  llm_unavailable: 503,
  tts_unavailable: 503,
  agent_unavailable: 503,
  overloaded: 429,
  cancelled: 409,
  internal: 500,
};

/** Codes after which the same request may succeed if it is sent again later. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'lecture_not_ready',
  'llm_unavailable',
  'tts_unavailable',
  'agent_unavailable',
  'overloaded',
  'internal',
]);

export interface SynapscribeErrorOptions extends ErrorOptions {
  /** The request field at fault, for `bad_request`. */
  param?: string;
  /** Overrides what the code implies. */
  retryable?: boolean;
}

/**
 * A failure with a code from the protocol. `message` is a sentence for a person and is sent to clients as it is:
 * it never holds a stack, a key or a path. What an operator needs goes into `cause`.
 */
export class SynapscribeError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly param: string | null;

  constructor(code: ErrorCode, message: string, options: SynapscribeErrorOptions = {}) {
    super(message, options);
    this.name = 'SynapscribeError';
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE.has(code);
    this.param = options.param ?? null;
  }

  /** The HTTP status that goes with the code. */
  get status(): number {
    return HTTP_STATUS[this.code];
  }
}

/** Any thrown value as a `SynapscribeError`; what is unknown becomes `internal` with a sentence that tells nothing. */
export function toSynapscribeError(error: unknown): SynapscribeError {
  if (error instanceof SynapscribeError) return error;
  return new SynapscribeError('internal', 'Something went wrong on our side. Please try again.', { cause: error });
}
