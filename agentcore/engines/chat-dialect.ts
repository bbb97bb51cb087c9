/**
 * How a chat server takes a reply's limits. `max_tokens` is read by vLLM, llama.cpp, Ollama and most hosted models;
 * Ollama passes over `max_completion_tokens` in silence (ollama/ollama#7125) and the reply has no end. OpenAI's newer
 * models are the other way round: they refuse `max_tokens`, and any temperature. What is refused is learnt once.
 */
import { APIError } from 'openai';

export interface ReplyLimits {
  max_tokens?: number;
  max_completion_tokens?: number;
  temperature?: number;
}

const REFUSED = /unsupported|not supported|does not support|unrecogni[sz]ed|unknown|not permitted|deprecated/i;

export class ChatDialect {
  #limit: 'max_tokens' | 'max_completion_tokens' = 'max_tokens';
  #takesTemperature = true;

  /**
   * Calls `create` with what the server is known to take; once more, where it refuses some of it by name.
   * @throws what `create` throws
   */
  async send<T>(maxTokens: number, create: (limits: ReplyLimits) => Promise<T>): Promise<T> {
    for (;;) {
      const sent = this.#limits(maxTokens);
      try {
        return await create(sent);
      } catch (error) {
        if (!this.#learn(error, sent)) throw error;
      }
    }
  }

  #limits(maxTokens: number): ReplyLimits {
    return { [this.#limit]: maxTokens, ...(this.#takesTemperature && { temperature: 0 }) };
  }

  /** Whether the refusal of what was sent is a reason to try again. Each word is given up once, so that it ends. */
  #learn(error: unknown, sent: ReplyLimits): boolean {
    if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return false;
    const { message, param } = error;
    if (!REFUSED.test(message)) return false;
    // A message may name what to use instead: the first name in it is the refused one.
    const named = param ?? /\b(max_tokens|temperature)\b/.exec(message)?.[1];
    if (named === 'max_tokens' && sent.max_tokens !== undefined) {
      this.#limit = 'max_completion_tokens';
      return true;
    }
    if (named === 'temperature' && sent.temperature !== undefined) {
      this.#takesTemperature = false;
      return true;
    }
    return false;
  }
}
