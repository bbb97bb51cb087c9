import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { z } from 'zod';
import { API_KEY, startTarget, type Target } from './support/target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.stop());

const envelopeSchema = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string().min(1),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

/** What the client throws; the request is to fail. */
async function failure(request: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error: unknown = await request.then(
    () => new Error('It was answered.'),
    (reason: unknown) => reason,
  );
  if (error instanceof OpenAI.APIError) return error;
  throw error;
}

describe('a request', () => {
  it('is made as the client is meant to be used', async () => {
    const { client } = target;
    const speech = await client.audio.speech.create({
      model: 'gpt-4o-mini-tts',
      voice: 'coral',
      input: 'Good morning.',
      instructions: 'Speak in a cheerful tone.',
      response_format: 'wav',
      speed: 1.25,
      stream_format: 'audio',
    });
    expect((await speech.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
  });

  it.each(['tts-1', 'tts-1-hd', 'gpt-4o-mini-tts', 'gpt-4o-mini-tts-2025-12-15'])(
    'may name the model %s',
    async (model) => {
      expect((await target.speak({ model, input: 'Hi.' })).status).toBe(200);
    },
  );

  it.each([
    ...[
      'alloy',
      'ash',
      'ballad',
      'coral',
      'echo',
      'fable',
      'onyx',
      'nova',
      'sage',
      'shimmer',
      'verse',
      'marin',
      'cedar',
    ],
    { id: 'alloy' },
  ])('may name the voice %j', async (voice) => {
    expect((await target.speak({ voice, input: 'Hi.' })).status).toBe(200);
  });

  it('may leave out what is optional, by null too, and say what is not known here', async () => {
    const nothing = { response_format: null, speed: null, instructions: null, stream_format: null };
    expect((await target.speak({ ...nothing, user: 'somebody' })).status).toBe(200);
  });

  it('may be as long as OpenAI lets it be', async () => {
    const input = `Hi. ${'😀'.repeat(4092)}`;
    expect((await target.speak({ input })).status).toBe(200);
  });
});

describe('the lists', () => {
  it('name the models', async () => {
    const models = await target.client.models.list();
    expect(models.data.map(({ id }) => id)).toContain('tts-1');
    expect(await target.client.models.retrieve('tts-1')).toMatchObject({
      id: 'tts-1',
      object: 'model',
      created: expect.any(Number),
      owned_by: expect.any(String),
    });
  });

  it('name the voices, each of which is accepted', async () => {
    const voice = z.strictObject({ id: z.string(), name: z.string(), language: z.string(), engine: z.string() });
    const list = z.strictObject({ voices: z.array(voice).min(1) });
    const { voices } = list.parse(await target.client.get('/audio/voices'));
    expect(new Set(voices.map(({ id }) => id)).size).toBe(voices.length);
    for (const { id } of voices) expect((await target.speak({ voice: id, input: '.' })).status).toBe(200);
  });
});

describe('what is wrong', () => {
  it.each<[string, string, string, Record<string, unknown>]>([
    ['no input', 'input', 'missing_required_parameter', { input: undefined }],
    ['an empty input', 'input', 'invalid_value', { input: '' }],
    ['an input of 4097 characters', 'input', 'invalid_value', { input: 'a'.repeat(4097) }],
    ['an input that is a number', 'input', 'invalid_value', { input: 5 }],
    ['no model', 'model', 'missing_required_parameter', { model: undefined }],
    ['a model that is a list', 'model', 'invalid_value', { model: ['tts-1'] }],
    ['no voice', 'voice', 'missing_required_parameter', { voice: undefined }],
    ['an unknown voice', 'voice', 'invalid_value', { voice: 'nobody' }],
    ['a voice that every object has', 'voice', 'invalid_value', { voice: 'constructor' }],
    ['a language that every object has', 'language', 'invalid_value', { language: 'constructor' }],
    ['a voice object without an id', 'voice', 'invalid_value', { voice: { name: 'alloy' } }],
    ['an unknown format', 'response_format', 'invalid_value', { response_format: 'ogg' }],
    ['a speed below 0.25', 'speed', 'invalid_value', { speed: 0.24 }],
    ['a speed above 4', 'speed', 'invalid_value', { speed: 4.01 }],
    ['a speed in words', 'speed', 'invalid_value', { speed: 'fast' }],
    ['instructions that are no text', 'instructions', 'invalid_value', { instructions: {} }],
    ['an unknown stream format', 'stream_format', 'invalid_value', { stream_format: 'websocket' }],
  ])('%s is a BadRequestError that names its field', async (_name, param, code, body) => {
    const error = await failure(target.speak(body));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param, code, type: 'invalid_request_error', requestID: expect.stringMatching(/./) });
  });

  it('in the format is told with the formats there are', async () => {
    const { message } = await failure(target.speak({ response_format: 'm4a' }));
    for (const format of ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']) expect(message).toContain(format);
  });

  it('with the model is a NotFoundError', async () => {
    const error = await failure(target.speak({ model: 'gpt-9' }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ param: 'model', code: 'model_not_found' });
    expect(await failure(target.client.models.retrieve('gpt-9'))).toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('with the path is a NotFoundError, with the method a 405 that names the right one', async () => {
    expect(await failure(target.client.get('/audio/nothing'))).toBeInstanceOf(OpenAI.NotFoundError);
    const error = await failure(target.client.get('/audio/speech'));
    expect([error.status, error.headers?.get('allow')]).toEqual([405, 'POST']);
  });

  it.each([
    ['is not JSON', '{"model":', 'application/json', 400],
    ['is a list', '[]', 'application/json', 400],
    ['is null', 'null', 'application/json', 400],
    ['is of another type', 'model=tts-1', 'application/x-www-form-urlencoded', 400],
    ['is too large', JSON.stringify({ input: 'a'.repeat(5_000_000) }), 'application/json', 413],
  ])('with a body that %s is told in the envelope', async (_name, body, type, status) => {
    const response = await fetch(`${target.url}/v1/audio/speech`, {
      method: 'POST',
      headers: { 'content-type': type, authorization: `Bearer ${API_KEY}` },
      body,
    });
    expect(response.status).toBe(status);
    expect(envelopeSchema.parse(await response.json()).error.type).toBe('invalid_request_error');
  });
});

(API_KEY === undefined ? describe.skip : describe)('the wrong key', () => {
  it('is an AuthenticationError, and so is none', async () => {
    const { client } = target;
    const keyless = client.withOptions({ defaultHeaders: { authorization: null } });
    for (const stranger of [client.withOptions({ apiKey: 'wrong' }), keyless]) {
      const error = await failure(stranger.models.list());
      expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
      expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
    }
  });
});
