import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../service-kit/logger.ts';
import type { AnswerCache, CacheResult } from './cache/answer-cache.ts';
import { resolveVoice } from './catalogue.ts';
import { encode } from './encoding.ts';
import type { SpeechEngine } from './engine.ts';
import { FliteEngine } from './flite/flite-engine.ts';
import { GoogleEngine } from './google/google-engine.ts';
import type { SpokenFormat } from './speech-request.ts';
import { SpeechService, type SpeakOptions } from './speech.ts';
import { largestStep, measureJoins } from './test-support/joins.ts';
import { SPOKEN_SECONDS, startFakeGoogle, type FakeGoogle, type GoogleBehaviour } from './test-support/fake-google.ts';

const log = createLogger('test', 'silent');
const cleanups: (() => Promise<void>)[] = [];
let flite: FliteEngine;

beforeAll(async () => {
  flite = await FliteEngine.start({ size: 1, log });
});
afterAll(() => flite.stop());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Spoken {
  engine: string;
  cache: CacheResult | undefined;
  bytes: Buffer;
}

interface Setup {
  google: FakeGoogle;
  /** Names of the engines that were asked and failed. */
  failed: string[];
  speak: (options?: Partial<SpeakOptions>, format?: SpokenFormat) => Promise<Spoken>;
}

/** Google, then Flite. `behave` is what texts other than the probe's meet; null leaves the probe unanswered. */
async function start(
  behave: FakeGoogle['behave'] | null,
  { timeoutMs = 10_000, resetMs = 60_000, cache }: { timeoutMs?: number; resetMs?: number; cache?: AnswerCache } = {},
): Promise<Setup> {
  const google = await startFakeGoogle((text) => (behave === null ? 'hang' : text === 'ok' ? 'speak' : behave(text)));
  const engine = new GoogleEngine({ baseUrl: google.baseUrl, timeoutMs, resetMs, log });
  cleanups.push(google.stop, () => engine.stop());
  await google.asked('ok');
  if (behave !== null) await untilAvailable(engine);
  const failed: string[] = [];
  const onFailure = (name: string): void => void failed.push(name);
  const service = new SpeechService({ engines: [engine, flite], log, onFailure, ...(cache && { cache }) });
  return {
    google,
    failed,
    speak: async (options, format = 'mp3') => {
      const spoken = await service.begin({
        text: 'The tide comes in at noon.',
        voice: resolveVoice({ voice: 'alloy' }),
        speed: 1,
        signal: new AbortController().signal,
        format,
        encode: (audio, wanted) => encode(audio, format, wanted),
        ...options,
      });
      const bytes: Buffer[] = [];
      for await (const buffer of spoken.audio) bytes.push(buffer);
      return { engine: spoken.engine, cache: spoken.cache, bytes: Buffer.concat(bytes) };
    },
  };
}

/** Asks every few milliseconds: an engine tells nobody when its state changes. */
async function untilAvailable(engine: SpeechEngine): Promise<void> {
  while (!engine.isAvailable()) await setTimeout(5);
}

describe('Google first, then Flite', () => {
  it('speaks with Google while it answers, in the language and accent asked for', async () => {
    const { google, speak } = await start(() => 'speak');
    const voice = resolveVoice({ voice: 'fr', tld: 'ca' });
    const { engine, bytes } = await speak({ text: 'Bonjour.', voice }, 'pcm');
    expect(engine).toBe('google');
    expect(bytes.length / 48_000).toBeCloseTo(SPOKEN_SECONDS, 0);
    expect(google.requests.at(-1)).toMatchObject({ text: 'Bonjour.', language: 'fr' });
  });

  it('changes the speed of what Google speaks', async () => {
    const { speak } = await start(() => 'speak');
    const lengthAt = async (speed: number): Promise<number> => (await speak({ speed }, 'wav')).bytes.length;
    const normal = await lengthAt(1);
    expect((await lengthAt(2)) / normal).toBeCloseTo(0.5, 1);
    expect((await lengthAt(0.5)) / normal).toBeCloseTo(2, 0);
  });

  it.each<GoogleBehaviour>([
    'too_many_requests',
    'redirect',
    'server_error',
    'error_envelope',
    'null_audio',
    'not_base64',
    'not_mp3',
    'half_mp3',
    'html',
    'cut',
    'hang_up',
  ])('lets Flite speak, after one attempt, where Google answers with %s', async (behaviour) => {
    const { google, failed, speak } = await start(() => behaviour);
    const { engine, bytes } = await speak();
    expect(engine).toBe('flite');
    expect(bytes.length).toBeGreaterThan(5000);
    expect(failed).toEqual(['google']);
    expect(google.requests).toHaveLength(2);
  });

  it('does not ask a Google that hung once a second time', async () => {
    const { google, speak } = await start(() => 'hang', { timeoutMs: 200 });
    for (let i = 0; i < 3; i++) expect((await speak()).engine).toBe('flite');
    expect(google.requests).toHaveLength(2);
  });

  it('does not ask a Google that has not answered its probe yet', async () => {
    const { google, speak } = await start(null);
    expect((await speak()).engine).toBe('flite');
    expect(google.requests).toHaveLength(1);
  });

  it('is unavailable for a language that only Google speaks while Google is away', async () => {
    const { speak } = await start(() => 'too_many_requests');
    await expect(speak({ voice: resolveVoice({ voice: 'fr' }) })).rejects.toMatchObject({
      status: 503,
      code: 'tts_unavailable',
    });
  });

  it('may be asked again for a text that only Google speaks while Google is away, and tells what is amiss', async () => {
    const { speak } = await start(() => 'too_many_requests');
    const chinese = { text: '漢字', voice: resolveVoice({ voice: 'alloy' }) };
    // While Google fails, then once its breaker is open.
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(speak(chinese)).rejects.toMatchObject({
        status: 503,
        message:
          'Speech is not available just now. The offline voice can speak English only. Please try again in a moment.',
      });
    }
  });

  it('says that there is a word that no engine can read', async () => {
    const { speak } = await start(() => 'too_many_requests');
    const seconds = async (text: string): Promise<number> => (await speak({ text }, 'pcm')).bytes.length / 48_000;
    expect(await seconds('Hello 世界, how are you?')).toBeGreaterThan((await seconds('Hello, how are you?')) + 1);
  });

  it('lets a Flite voice speak though Google could', async () => {
    const { google, speak } = await start(() => 'speak');
    expect((await speak({ voice: resolveVoice({ voice: 'rms' }) })).engine).toBe('flite');
    expect(google.requests).toHaveLength(1);
  });

  it('joins what Flite says without a click, and with a pause no longer than a breath', async () => {
    const { speak } = await start(() => 'too_many_requests');
    const text = 'The tide comes in at noon. We all go swimming in the sea. Then it is time to go home. Good night.';
    const { engine, bytes } = await speak({ text }, 'pcm');
    expect(engine).toBe('flite');
    const samples = Float32Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(i * 2) / 0x8000);
    const pauses = measureJoins(samples, 0.25);
    expect(pauses).toHaveLength(3);
    for (const { atSeconds, silentSeconds } of pauses) {
      expect(silentSeconds).toBeLessThan(0.6);
      const at = Math.round(atSeconds * 24_000);
      expect(largestStep(samples.subarray(at, at + Math.round(silentSeconds * 24_000)))).toBeLessThan(0.02);
    }
  });

  it('fails, and mixes no other voice in, where Google fails half-way', async () => {
    const last = 'And the last one is too because it has more letters than were left.';
    const { speak, failed } = await start((text) => (text === last ? 'null_audio' : 'speak'));
    const text = `The first sentence is long enough to be sent alone because it has over half. ${last}`;
    await expect(speak({ text })).rejects.toMatchObject({ kind: 'no_audio' });
    expect(failed).toEqual([]);
  });

  it('starts no other engine for a listener who has left', async () => {
    const { google, failed, speak } = await start(() => 'hang');
    const left = new AbortController();
    const spoken = speak({ text: 'Nobody waits for this.', signal: left.signal });
    const request = await google.asked('Nobody waits for this.');
    left.abort(new Error('left'));
    await expect(spoken).rejects.toThrow('left');
    await request.closed;
    expect(failed).toEqual([]);
  });
});
