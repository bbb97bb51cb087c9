/** What a model server or a speech server can do wrong, as the protocol's errors. */
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { StalledError } from '../stall-timeout.ts';
import { ServerGoneError } from './server-watch.ts';
import { SynapscribeError, type ErrorCode } from '../../protocol/errors.ts';

/** The prompt was longer than the model's context. */
export class ContextOverflowError extends SynapscribeError {
  constructor(options?: ErrorOptions) {
    super('llm_unavailable', 'The language model could not take the question: it is too long.', {
      ...options,
      retryable: false,
    });
    this.name = 'ContextOverflowError';
  }
}

/** Maps what the language model's client throws. Aborts by the caller are passed on as they are. */
export function toModelError(error: unknown, signal: AbortSignal): unknown {
  // Our CPU stand-in's ears.
  if (error instanceof APIError && (error.status as unknown) === 400 && error.param === 'language') {
    const message = 'The speech recognizer here does not know this language: it knows English only.';
    return new SynapscribeError('unsupported_audio', message, { cause: error });
  }
  return toEngineError(error, signal, 'llm_unavailable', 'The language model');
}

/** Maps what the speech service's client throws. */
export function toSpeechError(error: unknown, signal: AbortSignal): unknown {
  return toEngineError(error, signal, 'tts_unavailable', 'The speech service');
}

function toEngineError(error: unknown, signal: AbortSignal, code: ErrorCode, who: string): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof SynapscribeError) return error;
  const unavailable = (what: string, retryable = true): SynapscribeError =>
    new SynapscribeError(code, `${who} ${what}`, { cause: error, retryable });

  if (error instanceof StalledError || error instanceof APIConnectionTimeoutError) {
    return unavailable('took too long. Please ask again.');
  }
  if (error instanceof ServerGoneError || error instanceof APIUserAbortError || error instanceof APIConnectionError) {
    return unavailable('cannot be reached right now. Please ask again in a moment.');
  }
  if (error instanceof APIError) {
    if (/maximum context length/i.test(error.message)) return new ContextOverflowError({ cause: error });
    const status: unknown = error.status;
    if (status === 429) {
      return new SynapscribeError('overloaded', `${who} is busy. Please ask again in a moment.`, { cause: error });
    }
    if (typeof status === 'number' && status < 500) return unavailable('refused the request.', false);
    return unavailable('failed while it worked on the answer. Please ask again.');
  }
  return unavailable('broke off. Please ask again.');
}
