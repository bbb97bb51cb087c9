/** The mind: a streamed chat completion of any OpenAI-compatible server. */
import type OpenAI from 'openai';
import { SynapscribeError } from '../../protocol/errors.ts';
import { ANSWER_TOKENS, type ChatMessage } from '../pipeline/prompt.ts';
import type { Answerer, EngineOptions } from './engines.ts';
import { toModelError } from './model-errors.ts';
import { before, withStallTimeout, type StallTimeouts } from '../stall-timeout.ts';

/** A model that does not stop is stopped here, in characters. */
const MAX_ANSWER_CHARS = 4_000;

export class OpenAiAnswerer implements Answerer {
  readonly #client: OpenAI;
  readonly #model: string;
  readonly #timeouts: StallTimeouts;

  constructor(client: OpenAI, options: { model: string; timeouts: StallTimeouts }) {
    this.#client = client;
    this.#model = options.model;
    this.#timeouts = options.timeouts;
  }

  async *answer(messages: readonly ChatMessage[], { signal }: EngineOptions): AsyncGenerator<string, void, undefined> {
    const controller = new AbortController();
    const request = AbortSignal.any([signal, controller.signal]);
    const abort = (): void => controller.abort();
    const { firstMs } = this.#timeouts;
    let finished = false;
    let chars = 0;
    try {
      const stream = await before(
        this.#client.chat.completions.create(
          {
            model: this.#model,
            temperature: 0,
            max_completion_tokens: ANSWER_TOKENS,
            stream: true,
            messages: [...messages],
          },
          { signal: request },
        ),
        firstMs,
        abort,
      );
      for await (const chunk of withStallTimeout(stream, this.#timeouts, abort)) {
        const choice = chunk.choices[0];
        const text = choice?.delta.content ?? '';
        chars += text.length;
        if (text !== '') yield text;
        if (typeof choice?.finish_reason === 'string' || chars > MAX_ANSWER_CHARS) finished = true;
        if (chars > MAX_ANSWER_CHARS) break;
      }
      // A server that dies politely ends the stream without a reason: the answer is not whole.
      if (!finished) throw new Error('the stream ended without a finish_reason');
      if (chars === 0) throw new SynapscribeError('llm_unavailable', 'The language model gave no answer.');
    } catch (error) {
      throw toModelError(error, signal);
    } finally {
      abort();
    }
  }
}
