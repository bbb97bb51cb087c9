/**
 * The body of `POST /v1/audio/speech`, checked field by field.
 * Source: https://platform.openai.com/docs/api-reference/audio/createSpeech; `language`, `tld` and `slow`, gTTS's, are
 * this server's.
 */
import { z } from 'zod';
import { HttpError } from '../service-kit/http-errors.ts';
import { isKnownModel, quote } from './catalogue.ts';

/** OpenAI's bound on `input`, in characters. */
const MAX_INPUT = 4096;
const MAX_INSTRUCTIONS = 4096;

/** OpenAI's formats, all of which are made here. */
export const SPOKEN_FORMATS = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const;
export type SpokenFormat = (typeof SPOKEN_FORMATS)[number];

const characters = (max: number) =>
  z.string().refine((text) => text.length <= max || Array.from(text).length <= max, `at most ${max} characters`);

const bodySchema = z.object({
  model: z.string().min(1).max(256),
  input: characters(MAX_INPUT).min(1, 'must not be empty'),
  voice: z.union([z.string().min(1).max(256), z.object({ id: z.string().min(1).max(256) })]),
  response_format: z.enum(SPOKEN_FORMATS).nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  instructions: characters(MAX_INSTRUCTIONS).nullish(),
  stream_format: z.enum(['audio', 'sse']).nullish(),
  language: z.string().min(2).max(20).nullish(),
  tld: z.string().min(2).max(20).nullish(),
  slow: z.boolean().nullish(),
});

export interface SpeechOrder {
  input: string;
  voice: string;
  format: SpokenFormat;
  speed: number;
  streamFormat: 'audio' | 'sse';
  language: string | undefined;
  tld: string | undefined;
  slow: boolean;
}

/** @throws HttpError 400 or 404 that names the field at fault in `param` */
export function parseSpeechOrder(body: unknown): SpeechOrder {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpError(400, 'The request body must be a JSON object, sent as application/json.', {
      code: 'invalid_value',
    });
  }
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const param = issue?.path[0]?.toString() ?? null;
    const missing = param !== null && !(param in body);
    const problem = missing ? 'is missing' : `is wrong: ${issue?.message ?? 'not valid'}`;
    throw new HttpError(400, `The field ${param ?? 'body'} ${problem}.`, {
      param,
      code: missing ? 'missing_required_parameter' : 'invalid_value',
    });
  }
  const { model, voice, response_format: format, ...rest } = parsed.data;
  if (!isKnownModel(model)) {
    throw new HttpError(404, `The model ${quote(model)} does not exist.`, { param: 'model', code: 'model_not_found' });
  }
  return {
    input: rest.input,
    voice: typeof voice === 'string' ? voice : voice.id,
    format: format ?? 'mp3',
    speed: rest.speed ?? 1,
    streamFormat: rest.stream_format ?? 'audio',
    language: rest.language ?? undefined,
    tld: rest.tld ?? undefined,
    slow: rest.slow ?? false,
  };
}
