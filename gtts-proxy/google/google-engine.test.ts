import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../service-kit/logger.ts';
import { toSamples } from '../decode.ts';
import type { AudioChunk, SpeechRequest } from '../engine.ts';
import { startFakeGoogle, type FakeGoogle, type GoogleBehaviour } from '../test-support/fake-google.ts';
import { largestStep, measureJoins } from '../test-support/joins.ts';
import type { GoogleClientOptions } from './google-client.ts';
import { GoogleEngine } from './google-engine.ts';

const log = createLogger('test', 'silent');
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The engine, its first probe answered. */
async function start(
  behave?: FakeGoogle['behave'],
  options: Partial<GoogleClientOptions> = {},
): Promise<{ google: FakeGoogle; engine: GoogleEngine }> {
  const google = await startFakeGoogle(behave);
  cleanups.push(google.stop);
  const engine = new GoogleEngine({ baseUrl: google.baseUrl, timeoutMs: 5000, log, ...options });
  cleanups.push(() => engine.stop());
  await (
    await google.asked('ok')
  ).closed;
  return { google, engine };
}

function speak(engine: GoogleEngine, request: Partial<SpeechRequest> = {}): AsyncIterable<AudioChunk> {
  return engine.speak({
    text: 'Hello.',
    voice: 'en',
    language: 'en',
    tld: 'com',
    speed: 1,
    slow: false,
    hasFallback: false,
    signal: new AbortController().signal,
    ...request,
  });
}

/** How many chunks there are, none of them empty. */
async function collect(audio: AsyncIterable<AudioChunk>): Promise<number> {
  let chunks = 0;
  for await (const chunk of audio) if ((chunk.encoding === 'mp3' ? chunk.bytes : chunk.samples).length > 0) chunks++;
  return chunks;
}

async function listenTo(engine: GoogleEngine, text: string): Promise<Float32Array> {
  const samples: number[] = [];
  for await (const block of toSamples(speak(engine, { text }))) samples.push(...block);
  return Float32Array.from(samples);
}

describe('GoogleEngine', () => {
  it('sends the headers of gTTS, in its order, and no others', async () => {
    const { google, engine } = await start();
    await collect(speak(engine, { text: "Hello (world), it's me" }));
    const request = await google.asked("Hello (world), it's me");
    expect(request.rawHeaders).toEqual([
      'Host',
      new URL(google.baseUrl).host,
      'Accept-Encoding',
      'identity',
      'Referer',
      'http://translate.google.com/',
      'User-Agent',
      'Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/47.0.2526.106 Safari/537.36',
      'Content-Type',
      'application/x-www-form-urlencoded;charset=utf-8',
      'Content-Length',
      '166',
    ]);
    expect(request.body).toBe(
      'f.req=%5B%5B%5B%22jQ1olc%22%2C%22%5B%5C%22Hello%20%28world%29%2C%20it%27s%20me%5C%22%2C%5C%22en%5C%22%2Cnull%2C' +
        '%5C%22null%5C%22%5D%22%2Cnull%2C%22generic%22%5D%5D%5D&',
    );
  });

  it('speaks long text piece by piece, in order, two at a time', async () => {
    const { google, engine } = await start();
    const text = Array.from({ length: 12 }, (_, i) => `Sentence number ${i} has about forty letters. `).join('');
    expect(await collect(speak(engine, { text }))).toBe(google.requests.length - 1);
    const spoken = google.requests.slice(1).map((request) => request.text);
    expect(spoken.map((piece) => /\d+/.exec(piece)?.[0])).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
    expect(google.mostAtOnce).toBeLessThanOrEqual(2);
  });

  it("asks for Google's own slow reading", async () => {
    const { google, engine } = await start();
    await collect(speak(engine, { text: 'Bonjour.', language: 'fr', slow: true }));
    expect((await google.asked('Bonjour.')).slow).toBe(true);
    expect(google.requests[0]?.slow).toBe(false);
  });

  it('passes a text of one piece on as it came', async () => {
    const { engine } = await start();
    for await (const chunk of speak(engine)) expect(chunk.encoding).toBe('mp3');
  });

  it('joins pieces with a pause no longer than a breath, and without a step that one piece has not', async () => {
    const { engine } = await start();
    const sentence = 'This sentence has more than half of a hundred letters. ';
    const pause = measureJoins(await listenTo(engine, sentence.repeat(6)));
    expect(pause).toHaveLength(5);
    for (const { silentSeconds } of pause) expect(silentSeconds).toBeLessThan(0.45);
    const steps = [1, 6].map(async (times) => largestStep(await listenTo(engine, sentence.repeat(times))));
    const [one = 0, six = 1] = await Promise.all(steps);
    expect(six).toBeLessThanOrEqual(one + 0.001);
  });

  it('tells the state of its breaker', async () => {
    const { engine } = await start((text) => (text === 'ok' ? 'speak' : 'too_many_requests'));
    expect(engine.breaker).toBe('closed');
    await expect(collect(speak(engine))).rejects.toMatchObject({ kind: 'blocked' });
    expect(engine.breaker).toBe('open');
  });

  it('is available only once Google has answered', async () => {
    const { google, engine } = await start((text) => (text === 'ok' ? 'too_many_requests' : 'speak'));
    expect(engine.isAvailable()).toBe(false);
    expect(google.requests).toHaveLength(1);
  });

  it.each<[GoogleBehaviour, string]>([
    ['too_many_requests', 'blocked'],
    ['redirect', 'blocked'],
    ['server_error', 'status'],
    ['error_envelope', 'no_audio'],
    ['null_audio', 'no_audio'],
    ['html', 'no_audio'],
    ['not_base64', 'malformed'],
    ['not_mp3', 'malformed'],
    ['half_mp3', 'malformed'],
    ['cut', 'cut'],
    ['hang_up', 'unreachable'],
  ])('gives up at once on %s where another engine stands by', async (behaviour, kind) => {
    const { google, engine } = await start((text) => (text === 'ok' ? 'speak' : behaviour));
    await expect(collect(speak(engine, { hasFallback: true }))).rejects.toMatchObject({ kind });
    expect(google.requests).toHaveLength(2);
  });

  it('gives up on a Google that says nothing, and asks it no more', async () => {
    const { google, engine } = await start((text) => (text === 'ok' ? 'speak' : 'hang'), { timeoutMs: 200 });
    await expect(collect(speak(engine, { hasFallback: true }))).rejects.toMatchObject({ kind: 'timeout' });
    expect(engine.isAvailable()).toBe(false);
    await expect(collect(speak(engine))).rejects.toMatchObject({ kind: 'blocked' });
    expect(google.requests).toHaveLength(2);
  });

  it('tries again what may be chance where no other engine can take over', async () => {
    const failures: GoogleBehaviour[] = ['server_error', 'cut'];
    const { google, engine } = await start((text) => (text === 'ok' ? 'speak' : (failures.shift() ?? 'speak')));
    expect(await collect(speak(engine))).toBe(1);
    expect(google.requests).toHaveLength(4);
  });

  it('stops asking after one refusal, and asks again once a probe is answered', async () => {
    let blocked = false;
    const { google, engine } = await start(() => (blocked ? 'too_many_requests' : 'speak'), { resetMs: 100 });
    blocked = true;
    await expect(collect(speak(engine))).rejects.toMatchObject({ kind: 'blocked' });
    expect(engine.isAvailable()).toBe(false);
    blocked = false;
    google.requests.length = 0;
    await (
      await google.asked('ok')
    ).closed;
    await untilTrue(() => engine.isAvailable());
    expect(await collect(speak(engine))).toBe(1);
  });

  it('counts nothing against Google when a listener leaves, and hangs up', async () => {
    const { google, engine } = await start((text) => (text === 'ok' ? 'speak' : 'hang'));
    const left = new AbortController();
    const spoken = collect(speak(engine, { signal: left.signal }));
    const request = await google.asked('Hello.');
    left.abort(new Error('left'));
    await expect(spoken).rejects.toThrow('left');
    await request.closed;
    expect(engine.isAvailable()).toBe(true);
  });

  it('asks for nothing more once its audio is no longer read', async () => {
    const { google, engine } = await start((text) => (text.includes('last') ? 'hang' : 'speak'));
    const last = 'And the last one is too because it has more letters than were left.';
    const text = `The first sentence is long enough to be sent alone because it has over half. ${last}`;
    let unread: Promise<void> | undefined;
    for await (const chunk of speak(engine, { text })) {
      expect(chunk.encoding).toBe('pcm');
      unread = (await google.asked(last)).closed;
      break;
    }
    await unread;
    expect(google.requests.at(-1)?.text).toBe(last);
  });

  it('says that a host where nobody listens cannot be reached', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const engine = new GoogleEngine({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 5000, log });
    cleanups.push(() => engine.stop());
    await expect(collect(speak(engine, { hasFallback: true }))).rejects.toMatchObject({ failure: 'unavailable' });
    expect(engine.isAvailable()).toBe(false);
  });

  it('says that a name which cannot be resolved cannot be reached', async () => {
    const engine = new GoogleEngine({ baseUrl: 'http://nowhere.invalid', timeoutMs: 5000, log });
    cleanups.push(() => engine.stop());
    await expect(collect(speak(engine, { hasFallback: true }))).rejects.toMatchObject({ failure: 'unavailable' });
    expect(engine.isAvailable()).toBe(false);
  });

  it('has nothing to say for punctuation', async () => {
    const { engine } = await start();
    await expect(collect(speak(engine, { text: '... !' }))).rejects.toMatchObject({ failure: 'unspeakable' });
  });
});

/** Lets what is under way come to its end, turn by turn. */
async function untilTrue(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
