/** The `STUB_*` settings: scripted text with given delays and failures, for benchmarks and tests. */
import { z } from 'zod';
import { integer } from '../../../service-kit/settings.ts';

/**
 * How a scripted request fails. A number is an HTTP status told at once, `no-reply` is silence. The others happen once
 * `STUB_FAIL_AFTER_TOKENS` tokens are out: `hang` says no more; `die-mid-stream` breaks the connection;
 * `broken-sse` sends half an event and ends; `truncated` ends without finish_reason and `[DONE]`; `error-mid-stream`
 * sends vLLM's error event, then `[DONE]`.
 */
export const FAILURES = [
  '400',
  '404',
  '429',
  '500',
  '503',
  'no-reply',
  'hang',
  'die-mid-stream',
  'broken-sse',
  'truncated',
  'error-mid-stream',
] as const;

const milliseconds = () => z.coerce.number().min(0).max(3_600_000);

export const scriptFields = {
  /** What the scripted ears hear. */
  STUB_ASR_TEXT: z.string().optional(),
  /** From the arrival of a request with audio to its whole text. */
  STUB_ASR_MS: milliseconds().optional(),
  /** What the scripted mind says; a word is a token. */
  STUB_ANSWER: z.string().optional(),
  /** From the arrival of a request without audio to its first token. */
  STUB_FIRST_TOKEN_MS: milliseconds().optional(),
  STUB_TOKENS_PER_SECOND: z.coerce.number().positive().max(100_000).optional(),
  STUB_FAIL: z.enum(FAILURES).optional(),
  STUB_FAIL_AFTER_TOKENS: integer(0, 100_000).optional(),
  /** Which requests fail: those with audio, those without, or any. */
  STUB_FAIL_STAGE: z.enum(['asr', 'answer', 'any']).optional(),
};

export const scriptSchema = z.object(scriptFields);
export type ScriptSettings = z.infer<typeof scriptSchema>;

export interface Script {
  asrText: string;
  asrMs: number;
  answer: string;
  firstTokenMs: number;
  tokensPerSecond: number;
  fail: (typeof FAILURES)[number] | undefined;
  failAfterTokens: number;
  failStage: 'asr' | 'answer' | 'any';
}

/** The script that the settings ask for, or undefined where none is: then the real engines run. */
export function readScript(settings: ScriptSettings): Script | undefined {
  const asked = Object.keys(scriptFields).some((name) => settings[name as keyof ScriptSettings] !== undefined);
  if (!asked) return undefined;
  return {
    asrText: settings.STUB_ASR_TEXT ?? 'How do plants make their food?',
    asrMs: settings.STUB_ASR_MS ?? 0,
    answer: settings.STUB_ANSWER ?? 'Plants make their food from light, water and carbon dioxide. [1]',
    firstTokenMs: settings.STUB_FIRST_TOKEN_MS ?? 0,
    tokensPerSecond: settings.STUB_TOKENS_PER_SECOND ?? 1000,
    fail: settings.STUB_FAIL,
    failAfterTokens: settings.STUB_FAIL_AFTER_TOKENS ?? 0,
    failStage: settings.STUB_FAIL_STAGE ?? 'any',
  };
}
