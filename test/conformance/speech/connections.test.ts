import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { FORMATS, soundOf } from './support/formats.ts';
import { API_KEY, IS_OWN, metric, startTarget, type Target } from './support/target.ts';

/** Resolves once the series has the value; a test that waits in vain ends by its own bound. */
async function until(server: Target, series: string, value: number): Promise<void> {
  while ((await metric(server, series)) !== value) await setTimeout(10);
}

const ACTIVE = 'speech_active_requests';
const outcome = (name: string, format = 'pcm', engine = 'flite'): string =>
  `speech_requests_total{engine="${engine}",format="${format}",outcome="${name}"}`;
const REFUSED = outcome('refused', 'none', 'none');

/** An answer of some 50 MB, larger than any socket's buffers: who does not read it keeps it in work. */
const ENDLESS = {
  input: 'These are words that nobody will hear to their end. '.repeat(78),
  response_format: 'pcm',
  speed: 0.25,
};

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.stop());

describe('many requests', () => {
  it('at once are each answered as one alone', async () => {
    const secondsIn = async (format: string): Promise<number> => {
      const response = await target.speak({ response_format: format });
      return (await soundOf(format, Buffer.from(await response.arrayBuffer()))).seconds;
    };
    const alone = await secondsIn('pcm');
    const names = FORMATS.flatMap(({ name }) => [name, name]);
    for (const seconds of await Promise.all(names.map(secondsIn))) expect(Math.abs(seconds - alone)).toBeLessThan(0.15);
  });

  it('one after the other share a connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      for (let i = 0; i < 4; i++) {
        const asked = request(`${target.url}/v1/audio/speech`, {
          method: 'POST',
          agent,
          headers: { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
        });
        asked.end(JSON.stringify({ model: 'tts-1', voice: 'alloy', input: i === 2 ? '' : 'Hi.' }));
        const [response] = (await once(asked, 'response')) as [IncomingMessage];
        expect((await buffer(response)).length).toBeGreaterThan(50);
        expect(response.statusCode).toBe(i === 2 ? 400 : 200);
        expect(asked.reusedSocket).toBe(i > 0);
      }
    } finally {
      agent.destroy();
    }
  });
});

describe('an aborted request', () => {
  it('fails at the client as aborted, before the first byte and after it', async () => {
    await expect(target.speak(ENDLESS, AbortSignal.abort())).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    const left = new AbortController();
    const reader = (await target.speak(ENDLESS, left.signal)).body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    left.abort();
    await expect(reader?.closed).rejects.toMatchObject({ name: 'AbortError' });
  });
});

(IS_OWN ? describe : describe.skip)('a client that leaves', () => {
  it.each(FORMATS)('is no longer worked for, in $name', async ({ name }) => {
    await until(target, ACTIVE, 0);
    const before = await metric(target, outcome('client_left', name));
    const left = new AbortController();
    const reader = (await target.speak({ ...ENDLESS, response_format: name }, left.signal)).body?.getReader();
    await reader?.read();
    expect(await metric(target, ACTIVE)).toBe(1);
    left.abort();
    await reader?.closed.catch(() => undefined);
    await until(target, outcome('client_left', name), before + 1);
    expect(await metric(target, ACTIVE)).toBe(0);
  });
});

(IS_OWN ? describe : describe.skip)('what cannot get better', () => {
  it('is not asked again by the client', async () => {
    const before = await metric(target, REFUSED);
    const patient = target.client.withOptions({ maxRetries: 5 });
    const asked = patient.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hi.', speed: 9 });
    await expect(asked).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    expect(await metric(target, REFUSED)).toBe(before + 1);
  });
});

(IS_OWN ? describe : describe.skip)('a server with one place and a line of one', () => {
  let narrow: Target;
  beforeAll(async () => {
    narrow = await startTarget({ MAX_CONCURRENT_REQUESTS: '1', MAX_QUEUED_REQUESTS: '1' });
  });
  afterAll(() => narrow.stop());
  // A test that failed may have left somebody in the place.
  afterEach(() => until(narrow, ACTIVE, 0));

  /** Takes the place until `leave`, and the line, where somebody then is answered. */
  async function fill(): Promise<{ leave: () => void; waiting: Promise<Response> }> {
    const left = new AbortController();
    await narrow.speak(ENDLESS, left.signal);
    const waiting = narrow.speak({ input: 'I can wait.' });
    await until(narrow, 'speech_waiting_requests', 1);
    return { leave: () => left.abort(), waiting };
  }

  it('refuses one more with a RateLimitError that says when to come again', async () => {
    const { leave, waiting } = await fill();
    const error: unknown = await narrow.speak().catch((reason: unknown) => reason);
    leave();
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ type: 'rate_limit_error', code: 'overloaded' });
    const headers = error instanceof OpenAI.RateLimitError ? error.headers : undefined;
    const retryAfter = Number(headers?.get('retry-after'));
    expect([retryAfter >= 1 && retryAfter <= 30, headers?.get('x-should-retry')]).toEqual([true, 'true']);
    expect((await (await waiting).arrayBuffer()).byteLength).toBeGreaterThan(1000);
  });

  it('is asked again by the client, which then is answered', async () => {
    const { leave, waiting } = await fill();
    const refused = outcome('refused', 'pcm', 'none');
    const before = await metric(narrow, refused);
    const patient = narrow.client.withOptions({ maxRetries: 5 });
    const asked = patient.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hi.', response_format: 'pcm' });
    await until(narrow, refused, before + 1);
    leave();
    await (await waiting).arrayBuffer();
    expect((await (await asked).arrayBuffer()).byteLength).toBeGreaterThan(1000);
  });
});
