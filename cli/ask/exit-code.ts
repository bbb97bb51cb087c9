/** How a failure ends the command: with one sentence and an exit code. */
import { SynapscribeError, type ErrorCode } from '../../protocol/errors.ts';
import { SettingsError } from '../../service-kit/settings.ts';
import { UsageError } from './usage-error.ts';

export const SUCCEEDED = 0;
export const SYSTEM_FAILED = 1;
export const WRONG_USE = 2;
/** 128 + SIGINT, as shells count. */
export const INTERRUPTED = 130;

/** What another file or another question would mend. */
const USERS_FAULT: ReadonlySet<ErrorCode> = new Set([
  'bad_request',
  'unsupported_audio',
  'audio_too_long',
  'no_speech',
]);

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof SettingsError) return WRONG_USE;
  return error instanceof SynapscribeError && USERS_FAULT.has(error.code) ? WRONG_USE : SYSTEM_FAILED;
}

export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection has several causes and no message.
  const message = error.message === '' && 'code' in error ? String(error.code) : error.message;
  return message.split('\n')[0] ?? message;
}
