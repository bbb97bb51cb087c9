import { APIError } from 'openai';
import { describe, expect, it } from '@jest/globals';
import { ChatDialect, type ReplyLimits } from './chat-dialect.ts';

const refusal = (message: string, param: string | null = null, status = 400): APIError =>
  APIError.generate(
    status,
    { error: { message, param, type: 'invalid_request_error', code: null } },
    undefined,
    new Headers(),
  );

/** A server that refuses what `refuses` gives an error for; tells what it was sent. */
function server(refuses: (limits: ReplyLimits) => APIError | undefined) {
  const sent: ReplyLimits[] = [];
  const create = async (limits: ReplyLimits): Promise<string> => {
    sent.push(limits);
    const error = refuses(limits);
    if (error) throw error;
    return await Promise.resolve('answer');
  };
  return { sent, create };
}

describe('ChatDialect', () => {
  it('limits a reply by the word that Ollama heeds', async () => {
    const { sent, create } = server(() => undefined);
    await new ChatDialect().send(300, create);
    expect(sent).toEqual([{ max_tokens: 300, temperature: 0 }]);
  });

  it('learns from refusals what a hosted model takes, and remembers it', async () => {
    const { sent, create } = server((limits) => {
      if (limits.max_tokens !== undefined) {
        return refusal(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          'max_tokens',
        );
      }
      if (limits.temperature === undefined) return undefined;
      return refusal("Unsupported value: 'temperature' does not support 0 with this model.", 'temperature');
    });
    const dialect = new ChatDialect();
    expect(await dialect.send(300, create)).toBe('answer');
    expect(await dialect.send(200, create)).toBe('answer');
    expect(sent.slice(2)).toEqual([{ max_completion_tokens: 300 }, { max_completion_tokens: 200 }]);
  });

  it('learns from a message alone', async () => {
    const { sent, create } = server(({ max_tokens: limit }) =>
      limit === undefined ? undefined : refusal('Unrecognized request argument supplied: max_tokens', null, 422),
    );
    await new ChatDialect().send(300, create);
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['another status', refusal("'max_tokens' is not supported", 'max_tokens', 500)],
    ['a prompt that is too long', refusal("This model's maximum context length is 16384 tokens, max_tokens is 300.")],
    ['a value that is wrong', refusal('max_tokens must be at least 1, got 0.', 'max_tokens')],
    ['something else that is not supported', refusal('input_audio is not supported by this model', 'messages')],
  ])('passes %s on', async (_, error) => {
    const { sent, create } = server(() => error);
    await expect(new ChatDialect().send(300, create)).rejects.toBe(error);
    expect(sent).toHaveLength(1);
  });

  it('ends where a server refuses everything', async () => {
    const { sent, create } = server(() => refusal("'max_tokens' is not supported; nor is temperature"));
    await expect(new ChatDialect().send(300, create)).rejects.toThrow('not supported');
    expect(sent).toHaveLength(2);
  });
});
