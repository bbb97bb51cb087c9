/** The bodies of vLLM's replies: a whole completion, and the chunks of a streamed one. */
import { randomUUID } from 'node:crypto';
import type { FinishReason } from './output-limits.ts';

export interface Usage {
  prompt_tokens: number;
  total_tokens: number;
  completion_tokens: number;
  prompt_tokens_details: null;
}

export interface ReplyHead {
  id: string;
  created: number;
  model: string;
}

export interface Finish {
  reason: FinishReason;
  stop: string | null;
}

export function replyHead(model: string): ReplyHead {
  return {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model,
  };
}

export function usageOf(promptTokens: number, completionTokens: number): Usage {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
    prompt_tokens_details: null,
  };
}

export function completion(head: ReplyHead, content: string, finish: Finish, usage: Usage): object {
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content,
          refusal: null,
          annotations: null,
          audio: null,
          function_call: null,
          tool_calls: [],
          reasoning: null,
        },
        logprobs: null,
        finish_reason: finish.reason,
        stop_reason: finish.stop,
        token_ids: null,
      },
    ],
    service_tier: null,
    system_fingerprint: null,
    usage,
    prompt_logprobs: null,
    prompt_token_ids: null,
    kv_transfer_params: null,
  };
}

/** A chunk with one choice. `usage` is there only with `continuous_usage_stats`. */
export function chunk(
  head: ReplyHead,
  delta: { role?: 'assistant'; content: string },
  finish: Finish | undefined,
  usage: Usage | undefined,
): object {
  return {
    ...chunkHead(head),
    choices: [
      {
        index: 0,
        delta,
        logprobs: null,
        finish_reason: finish?.reason ?? null,
        ...(finish === undefined ? {} : { stop_reason: finish.stop }),
        token_ids: null,
      },
    ],
    ...(usage === undefined ? {} : { usage }),
  };
}

/** The last chunk with `include_usage`. */
export function usageChunk(head: ReplyHead, usage: Usage): object {
  return { ...chunkHead(head), choices: [], usage };
}

function chunkHead({ id, created, model }: ReplyHead): object {
  return { id, object: 'chat.completion.chunk', created, model };
}
