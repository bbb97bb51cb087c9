/** The body of `POST /v1/chat/completions`: what vLLM takes of it, and its refusals in vLLM's words. */
import { z } from 'zod';
import { badRequest, validationError } from './api-error.ts';

const textPart = z.object({ type: z.literal('text'), text: z.string() });
const inputAudioPart = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: z.string(), format: z.string().max(40) }),
});
const audioUrlPart = z.object({ type: z.literal('audio_url'), audio_url: z.object({ url: z.string() }) });
/** Known to vLLM, limited to none by how the model is served. */
const otherModalityPart = z.looseObject({ type: z.enum(['image_url', 'video_url']) });
const contentPart = z.union([textPart, inputAudioPart, audioUrlPart, otherModalityPart]);
export type ContentPart = z.infer<typeof contentPart>;

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(contentPart).max(256)]).nullish(),
});
export type Message = z.infer<typeof messageSchema>;

const chatSchema = z.object({
  model: z.string().nullish(),
  messages: z.array(messageSchema).min(1).max(4096),
  stream: z.boolean().nullish(),
  stream_options: z
    .object({ include_usage: z.boolean().nullish(), continuous_usage_stats: z.boolean().nullish() })
    .nullish(),
  max_tokens: z.int().nullish(),
  max_completion_tokens: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(64)]).nullish(),
  n: z.int().nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  tools: z.array(z.unknown()).max(1024).nullish(),
  tool_choice: z.unknown().optional(),
});

export interface ChatRequest {
  /** Undefined where the client leaves it to the server. */
  model: string | undefined;
  messages: Message[];
  stream: boolean;
  includeUsage: boolean;
  continuousUsage: boolean;
  /** Undefined: as many as the context still holds. */
  maxTokens: number | undefined;
  stop: string[];
}

/** @throws HttpError 400 as vLLM words it */
export function parseChatRequest(body: unknown): ChatRequest {
  const result = chatSchema.safeParse(body);
  if (!result.success) throw validationError(result.error);
  const request = result.data;
  if (request.stream_options && request.stream !== true) {
    throw badRequest('Stream options can only be defined when `stream=True`.', 'stream_options');
  }
  refuseUnsupported(request);
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? undefined;
  if (maxTokens !== undefined && maxTokens < 1) {
    throw badRequest(`max_tokens must be at least 1, got ${maxTokens}.`, 'max_tokens', maxTokens);
  }
  return {
    model: request.model ?? undefined,
    messages: request.messages,
    stream: request.stream ?? false,
    includeUsage: request.stream_options?.include_usage ?? false,
    continuousUsage: request.stream_options?.continuous_usage_stats ?? false,
    maxTokens,
    stop: [request.stop ?? []].flat().filter((text) => text !== ''),
  };
}

function refuseUnsupported(request: z.infer<typeof chatSchema>): void {
  const { n, temperature, top_p: topP, tools } = request;
  if (typeof n === 'number' && n !== 1) throw badRequest(`n must be 1 for this model, got ${n}.`, 'n', n);
  if (request.logprobs === true || typeof request.top_logprobs === 'number') {
    throw badRequest('This model has no token probabilities: `logprobs` is not supported.', 'logprobs');
  }
  if (typeof temperature === 'number' && temperature < 0) {
    throw badRequest(`temperature must be non-negative, got ${temperature}.`, 'temperature', temperature);
  }
  if (typeof topP === 'number' && (topP <= 0 || topP > 1)) {
    throw badRequest(`top_p must be in (0, 1], got ${topP}.`, 'top_p', topP);
  }
  if (tools && tools.length > 0 && request.tool_choice !== 'none') {
    throw badRequest('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set');
  }
}
