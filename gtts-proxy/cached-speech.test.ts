import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startFakeGoogle, type FakeGoogle, type GoogleBehaviour } from './test-support/fake-google.ts';
import { startTestProxy, type TestProxy } from './test-support/start-proxy.ts';

interface Heard {
  status: number;
  engine: string | null;
  cache: string | null;
  breaker: string | null;
  bytes: Buffer;
}

const cleanups: (() => Promise<void>)[] = [];
let folder: string;
let google: FakeGoogle;
let behaviour: GoogleBehaviour;
let proxy: TestProxy;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'speech-'));
  behaviour = 'speak';
  google = await startFakeGoogle((text) => (text === 'ok' ? 'speak' : behaviour));
  proxy = await start();
  cleanups.push(() => rm(folder, { recursive: true }), google.stop);
});
afterEach(async () => {
  await proxy.stop();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** The service with Google alone unless told, once Google has answered its probe. */
async function start(env: NodeJS.ProcessEnv = {}): Promise<TestProxy> {
  const settings = { SPEECH_ENGINE: 'google', GOOGLE_TTS_BASE_URL: google.baseUrl, TTS_CACHE_DIR: folder };
  const started = await startTestProxy({ ...settings, ...env });
  while (!(await metricsOf(started)).includes('speech_engine_available{engine="google"} 1')) await setTimeout(5);
  google.requests.length = 0;
  return started;
}

async function metricsOf({ url }: Pick<TestProxy, 'url'>): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text();
}

async function hear(body: Record<string, unknown> = {}): Promise<Heard> {
  const response = await proxy.speak(body);
  const header = (name: string): string | null => response.headers.get(`x-speech-${name}`);
  const [engine, cache, breaker] = [header('engine'), header('cache'), header('breaker')];
  return { status: response.status, engine, cache, breaker, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Waits until what was heard is on disk. */
async function untilKept(count: number): Promise<void> {
  while (!(await metricsOf(proxy)).includes(`speech_cache_entries ${count}\n`)) await setTimeout(5);
}

describe('an answer', () => {
  it('is made once, and given again as it was, without Google', async () => {
    const first = await hear();
    expect(first).toMatchObject({ status: 200, engine: 'google', cache: 'miss', breaker: 'google=closed' });
    await untilKept(1);
    expect(await hear()).toEqual({ ...first, cache: 'hit' });
    expect(google.requests).toHaveLength(1);
    const metrics = await metricsOf(proxy);
    expect(metrics).toContain('speech_cache_requests_total{result="hit"} 1\n');
    expect(metrics).toContain(`speech_cache_bytes ${first.bytes.length}\n`);
    expect(metrics).toContain('speech_breaker_state{engine="google",state="closed"} 1\n');
  });

  it('is there after a restart, whatever the last process left half done', async () => {
    const first = await hear();
    await untilKept(1);
    await proxy.stop();
    await writeFile(join(folder, 'tmp-00000000-0000-0000-0000-000000000000'), 'half');
    proxy = await start();
    expect(await hear()).toEqual({ ...first, cache: 'hit' });
    expect(await readdir(folder)).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another text', { input: 'The tide goes out at six.' }],
    ['another language', { voice: 'fr' }],
    ['another accent', { tld: 'co.uk' }],
    ['another speed', { speed: 1.5 }],
    ['a slow reading', { slow: true }],
    ['another format', { response_format: 'wav' }],
  ])('is not given in the place of %s', async (_name, body) => {
    await hear();
    await untilKept(1);
    expect(await hear(body)).toMatchObject({ status: 200, cache: 'miss' });
    await untilKept(2);
    expect(await hear(body)).toMatchObject({ cache: 'hit' });
  });

  it('is made once for those who ask at once, and each hears all of it', async () => {
    const all = await Promise.all([hear(), hear(), hear()]);
    expect(google.requests).toHaveLength(1);
    expect(all.map(({ cache }) => cache).sort()).toEqual(['joined', 'joined', 'miss']);
    expect(new Set(all.map(({ bytes }) => bytes.toString('base64'))).size).toBe(1);
  });

  it('goes on for the others when the one who asked first leaves', async () => {
    behaviour = 'hang';
    const leaving = new AbortController();
    const input = 'One asks, and one stays.';
    const first = proxy.speak({ input }, { signal: leaving.signal }).catch(() => 'left');
    const request = await google.asked(input);
    const second = hear({ input });
    while (!(await metricsOf(proxy)).includes('speech_active_requests 2\n')) await setTimeout(5);
    leaving.abort();
    expect(await first).toBe('left');
    request.speak();
    expect(await second).toMatchObject({ status: 200, engine: 'google', cache: 'joined' });
  });

  it("of Google's is given while Google is away, and an offline one no longer than that", async () => {
    await hear();
    await untilKept(1);
    await proxy.stop();
    proxy = await start({ SPEECH_ENGINE: 'auto', GOOGLE_TTS_RESET_MS: '1000' });
    behaviour = 'too_many_requests';
    const other = { input: 'The moon pulls the water.' };
    expect(await hear(other)).toMatchObject({ engine: 'flite', cache: 'miss', breaker: 'google=open' });
    await untilKept(2);
    expect(await hear(other)).toMatchObject({ engine: 'flite', cache: 'hit' });
    expect(await hear()).toMatchObject({ engine: 'google', cache: 'hit' });
    behaviour = 'speak';
    while (!(await metricsOf(proxy)).includes('speech_engine_available{engine="google"} 1')) await setTimeout(20);
    expect(await hear(other)).toMatchObject({ engine: 'google', cache: 'miss', breaker: 'google=closed' });
  });

  it('that breaks off is not kept', async () => {
    const last = 'And the last one is too because it has more letters than were left.';
    const input = `The first sentence is long enough to be sent alone because it has over half. ${last}`;
    google.behave = (text) => (text === last ? 'null_audio' : 'speak');
    await expect(hear({ input })).rejects.toThrow('terminated');
    google.behave = () => 'speak';
    expect(await hear({ input })).toMatchObject({ status: 200, cache: 'miss' });
  });

  it('that nobody could give is not kept', async () => {
    behaviour = 'null_audio';
    const cantonese = { voice: 'yue', input: '你好' };
    expect(await hear(cantonese)).toMatchObject({ status: 503, engine: null });
    behaviour = 'speak';
    expect(await hear(cantonese)).toMatchObject({ status: 200, engine: 'google', cache: 'miss' });
  });

  it('is given though it cannot be kept', async () => {
    await proxy.stop();
    const file = join(folder, 'file');
    await writeFile(file, '');
    proxy = await start({ TTS_CACHE_DIR: join(file, 'below') });
    expect(await hear()).toMatchObject({ status: 200, cache: 'miss' });
    expect(await hear()).toMatchObject({ status: 200, cache: 'miss' });
  });

  it('without a word is nobody’s, and not kept', async () => {
    expect(await hear({ input: '...' })).toMatchObject({ status: 200, engine: 'none', cache: 'none' });
  });
});
