import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import decode from 'audio-decode';
import OpenAI from 'openai';
import { z } from 'zod';
import { startTestProxy, type TestProxy } from './test-support/start-proxy.ts';

const envelope = z.object({
  error: z.object({
    message: z.string().min(1),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

async function seconds(response: Response): Promise<number> {
  const { channelData, sampleRate } = await decode(await response.arrayBuffer());
  expect(sampleRate).toBe(24_000);
  expect(channelData).toHaveLength(1);
  return (channelData[0]?.length ?? 0) / sampleRate;
}

/** A streamed WAV states no length; decoders differ in what they make of that. */
async function wavSeconds(response: Response): Promise<number> {
  const wav = Buffer.from(await response.arrayBuffer());
  expect(wav.toString('latin1', 0, 4)).toBe('RIFF');
  expect([wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt16LE(34)]).toEqual([1, 24_000, 16]);
  return (wav.length - 44) / 2 / 24_000;
}

describe('POST /v1/audio/speech, with the offline voice', () => {
  let proxy: TestProxy;
  beforeAll(async () => {
    proxy = await startTestProxy({ SPEECH_ENGINE: 'flite' });
  });
  afterAll(() => proxy.stop());

  it('answers in MP3 unless told, and says who spoke', async () => {
    const response = await proxy.speak();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    expect(response.headers.get('x-speech-engine')).toBe('flite');
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]+$/);
    const length = await seconds(response);
    expect(length).toBeGreaterThan(1);
    expect(length).toBeLessThan(3);
  });

  it('speaks for as long in WAV and in PCM as in MP3', async () => {
    const mp3 = await seconds(await proxy.speak());
    const wav = await proxy.speak({ response_format: 'wav' });
    expect(wav.headers.get('content-type')).toBe('audio/wav');
    expect(Math.abs((await wavSeconds(wav)) - mp3)).toBeLessThan(0.15);
    const pcm = await proxy.speak({ response_format: 'pcm' });
    expect(pcm.headers.get('content-type')).toBe('audio/pcm');
    expect(Math.abs((await pcm.arrayBuffer()).byteLength / 48_000 - mp3)).toBeLessThan(0.15);
  });

  it('speaks faster and slower', async () => {
    const normal = await seconds(await proxy.speak());
    expect((await seconds(await proxy.speak({ speed: 2 }))) / normal).toBeLessThan(0.65);
    expect((await seconds(await proxy.speak({ speed: 0.5 }))) / normal).toBeGreaterThan(1.7);
  });

  it('speaks text of the greatest length whole', async () => {
    const sentence = 'This sentence has sixty four letters, and it is repeated a lot. ';
    const response = await proxy.speak({ input: sentence.repeat(64), response_format: 'pcm', speed: 4 });
    const each = (await (await proxy.speak({ input: sentence, response_format: 'pcm', speed: 4 })).arrayBuffer())
      .byteLength;
    expect((await response.arrayBuffer()).byteLength / each).toBeGreaterThan(60);
  });

  it.each(['...', '—', '  ', '\n', '😀', '?!'])('is silent for a moment on %j, which has no words', async (input) => {
    const response = await proxy.speak({ input, response_format: 'wav' });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-speech-engine')).toBe('none');
    expect(await wavSeconds(response)).toBeCloseTo(0.3, 2);
  });

  it.each([
    { voice: { id: 'rms' } },
    { voice: 'awb' },
    { voice: 'KAL16' },
    { voice: 'en-GB' },
    { model: 'gtts', instructions: 'Speak calmly.' },
    { model: 'gpt-4o-mini-tts-2025-12-15', stream_format: 'audio' },
    { response_format: null, speed: null, instructions: null },
    { unknown_field: 1 },
  ])('accepts %j', async (body) => {
    const response = await proxy.speak(body);
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(1000);
  });

  it.each<[string, number, string | null, Record<string, unknown>]>([
    ['no input', 400, 'input', { input: undefined }],
    ['an empty input', 400, 'input', { input: '' }],
    ['an input too long', 400, 'input', { input: 'a'.repeat(4097) }],
    ['an input that is no text', 400, 'input', { input: 5 }],
    ['no model', 400, 'model', { model: undefined }],
    ['an unknown model', 404, 'model', { model: 'gpt-9' }],
    ['no voice', 400, 'voice', { voice: undefined }],
    ['an unknown voice', 400, 'voice', { voice: 'nobody' }],
    ['a voice that is a name of all objects', 400, 'voice', { voice: 'constructor' }],
    ['a voice without id', 400, 'voice', { voice: {} }],
    ['a language that only Google speaks', 400, 'voice', { voice: 'fr' }],
    ['an unknown language', 400, 'language', { language: 'xx' }],
    ['a language that the voice does not speak', 400, 'language', { voice: 'slt', language: 'fr' }],
    ['an unknown accent', 400, 'tld', { tld: 'evil.example' }],
    ['a script that the voice cannot read', 400, 'input', { input: '漢字' }],
    ['a speed too high', 400, 'speed', { speed: 4.1 }],
    ['a speed too low', 400, 'speed', { speed: 0 }],
    ['a speed that is text', 400, 'speed', { speed: '1' }],
    ['an unknown format', 400, 'response_format', { response_format: 'ogg' }],
    ['an unknown stream format', 400, 'stream_format', { stream_format: 'websocket' }],
  ])('refuses %s and names the field', async (_name, status, param, body) => {
    const response = await proxy.speak(body);
    expect(response.status).toBe(status);
    const { error } = envelope.parse(await response.json());
    expect(error).toMatchObject({ param, type: 'invalid_request_error' });
  });

  it.each([
    ['not JSON', '{"model":', 'application/json', 400],
    ['no object', '[]', 'application/json', 400],
    ['null', 'null', 'application/json', 400],
    ['no JSON type', 'hello', 'text/plain', 400],
    ['a huge body', JSON.stringify({ input: 'a'.repeat(300_000) }), 'application/json', 413],
  ])('refuses a body that is %s', async (_name, body, type, status) => {
    const response = await proxy.speak({}, { body, headers: { 'content-type': type } });
    expect(response.status).toBe(status);
    expect(envelope.parse(await response.json()).error.message).not.toMatch(/node_modules|SyntaxError/);
  });

  it('counts characters as persons do', async () => {
    const response = await proxy.speak({ input: `Hi ${'😀'.repeat(4000)}` });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
  });

  it('sends the audio as events where asked', async () => {
    const response = await proxy.speak({ stream_format: 'sse' });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = (await response.text())
      .trim()
      .split('\n\n')
      .map((event) =>
        z.looseObject({ type: z.string(), audio: z.string().optional() }).parse(JSON.parse(event.slice(6))),
      );
    const audio = Buffer.concat(events.map((event) => Buffer.from(event.audio ?? '', 'base64')));
    expect(await seconds(new Response(audio))).toBeGreaterThan(1);
    expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done', usage: { total_tokens: 0 } });
    expect(events.slice(0, -1).every((event) => event.type === 'speech.audio.delta')).toBe(true);
  });

  it('is what the official client expects, its errors too', async () => {
    const speech = await proxy.client.audio.speech.create({ model: 'tts-1', voice: 'nova', input: 'Hello there.' });
    expect(await seconds(speech)).toBeGreaterThan(0.4);
    const wrong = proxy.client.audio.speech.create({
      model: 'tts-1',
      voice: 'nova',
      input: 'Hi.',
      speed: 9,
    });
    await expect(wrong).rejects.toMatchObject({
      status: 400,
      param: 'speed',
      code: 'invalid_value',
      requestID: expect.stringMatching(/./),
    });
    await expect(wrong).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });

  it('lists its models and voices', async () => {
    const models = await proxy.client.models.list();
    expect(models.data.map((model) => model.id)).toContain('tts-1');
    expect((await proxy.client.models.retrieve('gtts')).object).toBe('model');
    await expect(proxy.client.models.retrieve('gpt-9')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    const { voices } = z
      .object({
        voices: z.array(z.object({ id: z.string(), name: z.string(), language: z.string(), engine: z.string() })),
      })
      .parse(await (await fetch(`${proxy.url}/v1/audio/voices`)).json());
    expect(voices).toContainEqual({ id: 'slt', name: expect.any(String), language: 'en', engine: 'flite' });
    expect(voices.map((voice) => voice.id)).toContain('alloy');
    for (const { id } of voices) expect((await proxy.speak({ voice: id, input: '.' })).status).toBe(200);
  });

  it('is alive, ready and measured', async () => {
    expect((await fetch(`${proxy.url}/health`)).status).toBe(200);
    const ready = await fetch(`${proxy.url}/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', engines: { flite: true } }]);
    await (await proxy.speak()).arrayBuffer();
    const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
    expect(metrics).toMatch(/speech_requests_total\{engine="flite",format="mp3",outcome="ok"\} \d+/);
    expect(metrics).toMatch(/speech_first_byte_seconds_count\{engine="flite"\} \d+/);
    expect((await fetch(`${proxy.url}/nowhere`)).status).toBe(404);
  });
});

describe('TTS_API_KEY', () => {
  it('is asked for under /v1 and nowhere else', async () => {
    const proxy = await startTestProxy({ SPEECH_ENGINE: 'flite', TTS_API_KEY: 'secret' });
    try {
      const refused = await proxy.speak();
      expect(refused.status).toBe(401);
      expect(envelope.parse(await refused.json()).error.code).toBe('invalid_api_key');
      const headers = { 'content-type': 'application/json', authorization: 'Bearer secret' };
      expect((await proxy.speak({}, { headers })).status).toBe(200);
      expect((await fetch(`${proxy.url}/health`)).status).toBe(200);
    } finally {
      await proxy.stop();
    }
  });

  it('is not asked for unless set, though the environment holds a key for something else', async () => {
    const proxy = await startTestProxy({ SPEECH_ENGINE: 'flite', API_KEY: 'of something else' });
    try {
      expect((await proxy.speak()).status).toBe(200);
    } finally {
      await proxy.stop();
    }
  });
});
