import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../service-kit/logger.ts';
import { closeServer, listen } from '../service-kit/service.ts';
import { Admission } from './admission.ts';
import { createApp } from './app.ts';
import type { AudioChunk, SpeechEngine } from './engine.ts';
import { SpeechMetrics } from './metrics.ts';
import { SpeechService } from './speech.ts';
import { startFakeGoogle, type FakeGoogle } from './test-support/fake-google.ts';
import { startTestProxy, type TestProxy } from './test-support/start-proxy.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The service with Google alone, which does as `behave` says. */
async function start(
  behave: FakeGoogle['behave'],
  env: NodeJS.ProcessEnv = {},
): Promise<{ google: FakeGoogle; proxy: TestProxy }> {
  const google = await startFakeGoogle(behave);
  const settings = { SPEECH_ENGINE: 'google', GOOGLE_TTS_BASE_URL: google.baseUrl, GOOGLE_TTS_TIMEOUT_MS: '60000' };
  const proxy = await startTestProxy({ ...settings, ...env });
  cleanups.push(google.stop, proxy.stop);
  return { google, proxy };
}

async function untilMetric({ url }: Pick<TestProxy, 'url'>, line: string): Promise<void> {
  while (!(await (await fetch(`${url}/metrics`)).text()).includes(line)) await setTimeout(5);
}

class EndlessEngine implements SpeechEngine {
  readonly name = 'flite';
  readonly voices = [{ id: 'slt', name: 'SLT', language: 'en' }];
  readonly changesSpeed = true;
  readonly knowsSlow = false;
  isAvailable = (): boolean => true;
  stop = (): Promise<void> => Promise.resolve();
  async *speak(): AsyncGenerator<AudioChunk> {
    for (;;) yield await Promise.resolve({ encoding: 'pcm' as const, samples: new Float32Array(24_000) });
  }
}

describe('a server without the offline voice', () => {
  it('says that it cannot speak while Google is away', async () => {
    const { proxy } = await start(() => 'redirect');
    expect((await proxy.speak()).status).toBe(503);
    expect((await fetch(`${proxy.url}/ready`)).status).toBe(503);
  });

  it('refuses a voice that it has not', async () => {
    const { proxy } = await start(() => 'speak');
    const response = await proxy.speak({ voice: 'slt' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'voice' } });
  });
});

describe('an answer', () => {
  it('is broken off, not ended, where it fails after its first audio', async () => {
    const last = 'And the last one is too because it has more letters than were left.';
    const { proxy } = await start((text) => (text === last ? 'null_audio' : 'speak'));
    const input = `The first sentence is long enough to be sent alone because it has over half. ${last}`;
    const response = await proxy.speak({ input });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-speech-engine')).toBe('google');
    await expect(response.arrayBuffer()).rejects.toThrow('terminated');
    await untilMetric(proxy, 'outcome="broken_off"} 1');
  });

  it('is no longer worked on once its client has left', async () => {
    const { google, proxy } = await start(() => 'hang');
    const left = new AbortController();
    const asked = proxy.speak({ input: 'Nobody waits for this.' }, { signal: left.signal });
    const request = await google.asked('Nobody waits for this.');
    left.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    await request.closed;
    await untilMetric(proxy, 'outcome="client_left"} 1');
    await untilMetric(proxy, 'speech_active_requests 0');
  });
});

describe('a client that stops reading', () => {
  it('is cut off, and its place given to another', async () => {
    const log = createLogger('test', 'silent');
    const admission = new Admission(1, 0);
    const metrics = new SpeechMetrics(admission, []);
    const speech = new SpeechService({ engines: [new EndlessEngine()], log, onFailure: () => undefined });
    const options = { speech, admission, metrics, log, stallMs: 100, apiKey: undefined, isStopping: () => false };
    const server = createServer(createApp(options));
    const port = await listen(server, 0, '127.0.0.1');
    cleanups.push(() => closeServer(server, 0));
    const body = JSON.stringify({ model: 'tts-1', voice: 'slt', input: 'Endless.', response_format: 'pcm' });
    const socket = connect(port, '127.0.0.1');
    const closed = once(socket, 'close');
    socket.pause();
    socket.write(`POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`);
    socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    const url = `http://127.0.0.1:${port}`;
    await untilMetric({ url }, 'outcome="broken_off"} 1');
    await untilMetric({ url }, 'speech_active_requests 0');
    socket.resume();
    await expect(closed).resolves.toEqual([expect.any(Boolean)]);
  });
});

describe('the line', () => {
  it('is bounded: what is more gets a 429 and a time to come back', async () => {
    let behaviour: 'hang' | 'speak' = 'hang';
    const { google, proxy } = await start((text) => (text === 'ok' ? 'speak' : behaviour), {
      MAX_CONCURRENT_REQUESTS: '1',
      MAX_QUEUED_REQUESTS: '1',
    });
    const left = new AbortController();
    const active = proxy.speak({ input: 'One.' }, { signal: left.signal }).catch(() => 'left');
    await google.asked('One.');
    behaviour = 'speak';
    const waiting = proxy.speak({ input: 'Two.' });
    await untilMetric(proxy, 'speech_waiting_requests 1');

    const refused = await proxy.speak({ input: 'Three.' });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'overloaded' } });

    left.abort();
    expect(await active).toBe('left');
    const answered = await waiting;
    expect(answered.status).toBe(200);
    await answered.arrayBuffer();
  });

  it('is left by a client that goes away while it waits', async () => {
    const { google, proxy } = await start(() => 'hang', { MAX_CONCURRENT_REQUESTS: '1', MAX_QUEUED_REQUESTS: '1' });
    const left = new AbortController();
    const active = proxy.speak({ input: 'One.' }, { signal: left.signal }).catch(() => 'left');
    await google.asked('One.');
    const impatient = new AbortController();
    const waiting = proxy.speak({ input: 'Two.' }, { signal: impatient.signal }).catch(() => 'left');
    await untilMetric(proxy, 'speech_waiting_requests 1');
    impatient.abort();
    expect(await waiting).toBe('left');
    await untilMetric(proxy, 'speech_waiting_requests 0');
    left.abort();
    expect(await active).toBe('left');
    await untilMetric(proxy, 'speech_active_requests 0');
    expect(google.requests.map((request) => request.text)).not.toContain('Two.');
  });
});
