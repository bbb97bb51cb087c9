import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeWav } from '../../audio/wav.ts';
import {
  contentOf,
  QUESTION,
  readStream,
  recordings,
  startScripted,
  type TestServer,
} from './test-support/scripted-server.ts';

const SECOND = encodeWav(new Float32Array(16_000), 16_000);
const ANSWER = 'By light, mostly. [1]';

let server: TestServer;
beforeAll(async () => {
  server = await startScripted({ STUB_ANSWER: ANSWER, STUB_ASR_TEXT: 'How do plants make food?' });
});
afterAll(() => server.stop());

async function refusal(body: object): Promise<{ status: number; error: Record<string, unknown> }> {
  const response = await server.chat(body);
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return { status: response.status, error };
}

describe('the surface of vLLM', () => {
  it('is healthy with an empty body', async () => {
    const response = await fetch(`${server.url}/health`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('lists the one model with the context that it has', async () => {
    const response = await fetch(`${server.url}/v1/models`);
    expect(await response.json()).toMatchObject({
      object: 'list',
      data: [{ id: 'qwen-omni', object: 'model', owned_by: 'vllm', parent: null, max_model_len: 16_384 }],
    });
  });

  it('tells a version and counts under vLLM names', async () => {
    expect(await (await fetch(`${server.url}/version`)).json()).toHaveProperty('version');
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('vllm:num_requests_running');
  });

  it('says of every other path that it is not found', async () => {
    const response = await fetch(`${server.url}/v1/completions`, { method: 'POST' });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { message: 'Not Found', type: 'Not Found', param: null, code: 404 },
    });
  });

  it('has no transcription endpoint, as vLLM has none for this model', async () => {
    const response = await fetch(`${server.url}/v1/audio/transcriptions`, { method: 'POST' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: 'The model does not support Transcriptions API', type: 'BadRequestError', code: 400 },
    });
  });
});

describe('a whole completion', () => {
  it('carries the answer and its usage', async () => {
    const body = (await (await server.chat(QUESTION)).json()) as Record<string, unknown>;
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'qwen-omni',
      choices: [
        { index: 0, message: { role: 'assistant', content: ANSWER }, finish_reason: 'stop', stop_reason: null },
      ],
      usage: { completion_tokens: 5 },
    });
  });

  it('ends at max_tokens and says so', async () => {
    const response = await server.chat({ ...QUESTION, max_completion_tokens: 2 });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: 'By light,' }, finish_reason: 'length' }],
      usage: { completion_tokens: 2 },
    });
  });

  it('ends before a stop string, even one that spans two tokens', async () => {
    const response = await server.chat({ ...QUESTION, stop: ['t, m'] });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: 'By ligh' }, finish_reason: 'stop', stop_reason: 't, m' }],
    });
  });
});

describe('a stream', () => {
  it('opens with the role, gives the text, one finish_reason and [DONE]', async () => {
    const response = await server.chat({ ...QUESTION, stream: true });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const { chunks, done } = await readStream(response);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(contentOf(chunks)).toBe(ANSWER);
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(['stop']);
    expect(chunks.every(({ usage }) => usage === undefined)).toBe(true);
    expect(done).toBe(true);
  });

  it('adds a last chunk without choices when usage is asked for', async () => {
    const { chunks } = await readStream(
      await server.chat({ ...QUESTION, stream: true, stream_options: { include_usage: true } }),
    );
    const last = chunks.at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.total_tokens).toBe((last?.usage?.prompt_tokens ?? 0) + 5);
  });
});

describe('a request that vLLM refuses', () => {
  it.each([
    ['an unknown model', { ...QUESTION, model: 'gpt-5' }, 404, 'The model `gpt-5` does not exist.', 'model'],
    ['no messages', { model: 'qwen-omni' }, 400, 'messages', 'messages'],
    ['an unknown role', { messages: [{ role: 'robot', content: 'hi' }] }, 400, 'role', 'messages.0.role'],
    ['stream_options without stream', { ...QUESTION, stream_options: {} }, 400, '`stream=True`', 'stream_options'],
    ['more than one choice', { ...QUESTION, n: 2 }, 400, 'n must be 1', 'n'],
    ['token probabilities', { ...QUESTION, logprobs: true }, 400, 'logprobs', 'logprobs'],
    ['max_tokens of 0', { ...QUESTION, max_tokens: 0 }, 400, 'max_tokens must be at least 1, got 0.', 'max_tokens'],
    ['a temperature below 0', { ...QUESTION, temperature: -1 }, 400, 'temperature must be non-negative', 'temperature'],
  ])('%s', async (_what, body, status, message, param) => {
    const reply = await refusal(body);
    expect(reply.status).toBe(status);
    expect(reply.error).toMatchObject({ param, code: status });
    expect(reply.error['message']).toContain(message);
  });

  it('a body that is not JSON', async () => {
    const response = await server.chat({}, { body: '{"model":' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 400, type: 'Bad Request' } });
  });

  it('a body of more than 32 MB', async () => {
    const response = await server.chat({}, { body: Buffer.alloc(33 * 1024 * 1024, 32) });
    expect(response.status).toBe(413);
  });

  it('a prompt and an output that exceed the context together', async () => {
    const text = 'word '.repeat(16_000);
    const reply = await refusal({ messages: [{ role: 'user', content: text }], max_tokens: 500 });
    expect(reply.status).toBe(400);
    expect(reply.error).toMatchObject({ type: 'BadRequestError', param: 'input_tokens', code: 400 });
    expect(reply.error['message']).toMatch(
      /maximum context length is 16384 tokens.*requested 500 output tokens.*at least 15885 input tokens/,
    );
  });
});

describe('recordings', () => {
  it('are heard, and cost 25 tokens a second', async () => {
    const body = (await (await server.chat(recordings(SECOND))).json()) as {
      choices: [{ message: { content: string } }];
      usage: { prompt_tokens: number };
    };
    const without = (await (await server.chat(recordings())).json()) as { usage: { prompt_tokens: number } };
    expect(body.choices[0].message.content).toBe('How do plants make food?');
    expect(body.usage.prompt_tokens - without.usage.prompt_tokens).toBe(25 + 2);
  });

  it('are taken as data: URLs, too', async () => {
    const url = `data:audio/wav;base64,${SECOND.toString('base64')}`;
    const response = await server.chat({
      messages: [{ role: 'user', content: [{ type: 'audio_url', audio_url: { url } }] }],
    });
    expect(response.status).toBe(200);
  });

  it('lose what comes after 300 s without a word', async () => {
    const long = encodeWav(new Float32Array(16_000 * 310), 16_000);
    const response = await server.chat(recordings(long));
    const { usage } = (await response.json()) as { usage: { prompt_tokens: number } };
    expect(response.status).toBe(200);
    expect(usage.prompt_tokens).toBeGreaterThan(7500);
    expect(usage.prompt_tokens).toBeLessThan(7550);
    // All 300 s are listened to, which takes its time where others work beside.
  }, 120_000);

  it.each([
    ['three in one prompt', recordings(SECOND, SECOND, SECOND), 'At most 2 audio(s) may be provided in one prompt.'],
    [
      'bytes that are no audio',
      recordings(Buffer.from('PK\u0003\u0004 not a sound')),
      'Invalid or unsupported audio file.',
    ],
    ['an empty file', recordings(Buffer.alloc(0)), 'Invalid or unsupported audio file.'],
    ['a header alone', recordings(SECOND.subarray(0, 44)), 'Invalid or unsupported audio file.'],
    [
      'an address on the network',
      { messages: [{ role: 'user', content: [{ type: 'audio_url', audio_url: { url: 'http://localhost/a.wav' } }] }] },
      'must be a data: URL',
    ],
    [
      'an audio_url that is a string',
      { messages: [{ role: 'user', content: [{ type: 'audio_url', audio_url: 'data:audio/wav;base64,AA' }] }] },
      'validation error',
    ],
    [
      'a picture',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }] },
      'At most 0 image(s) may be provided in one prompt.',
    ],
  ])('are refused: %s', async (_what, body, message) => {
    const reply = await refusal(body);
    expect(reply.status).toBe(400);
    expect(reply.error['message']).toContain(message);
  });
});

describe('a server with a key', () => {
  it('asks for it under /v1 alone', async () => {
    const locked = await startScripted({ VLLM_API_KEY: 'secret' });
    try {
      const refused = await locked.chat(QUESTION);
      expect(refused.status).toBe(401);
      expect(await refused.json()).toEqual({ error: 'Unauthorized' });
      expect((await locked.chat(QUESTION, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
      expect((await fetch(`${locked.url}/health`)).status).toBe(200);
    } finally {
      await locked.stop();
    }
  });
});
