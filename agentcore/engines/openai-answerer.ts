/** The mind: a streamed chat completion of any OpenAI-compatible server. */
import { SynapscribeError } from '../../protocol/errors.ts';
import { ANSWER_TOKENS, type ChatMessage } from '../pipeline/prompt.ts';
import type { Answerer, EngineOptions } from './engines.ts';
import type { EngineServer } from './engine-server.ts';
import { toModelError } from './model-errors.ts';
import { before, withStallTimeout, type StallTimeouts } from '../stall-timeout.ts';

/** A model that does not stop is stopped here, in characters. */
const MAX_ANSWER_CHARS = 4_000;

export class OpenAiAnswerer implements Answerer {
  readonly #server: EngineServer;
  readonly #model: string;
  readonly #timeouts: StallTimeouts;

  constructor(server: EngineServer, options: { model: string; timeouts: StallTimeouts }) {
    this.#server = server;
    this.#model = options.model;
    this.#timeouts = options.timeouts;
  }

  async *answer(messages: readonly ChatMessage[], { signal }: EngineOptions): AsyncGenerator<string, void, undefined> {
    const controller = new AbortController();
    const request = AbortSignal.any([signal, controller.signal]);
    const abort = (): void => controller.abort();
    const { watch } = this.#server;
    const { firstMs } = this.#timeouts;
    let finished = false;
    let chars = 0;
    try {
      await watch.enter();
      const stream = await before(this.#ask(messages, request), firstMs, abort, watch);
      for await (const chunk of withStallTimeout(stream, this.#timeouts, abort, watch)) {
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

  async #ask(messages: readonly ChatMessage[], signal: AbortSignal) {
    return await this.#server.dialect.send(ANSWER_TOKENS, async (limits) => {
      return await this.#server.client.chat.completions.create(
        { model: this.#model, ...limits, stream: true, messages: [...messages] },
        { signal },
      );
    });
  }
}
