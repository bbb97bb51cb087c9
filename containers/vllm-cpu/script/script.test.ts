import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { encodeWav } from '../../../audio/wav.ts';
import {
  contentOf,
  QUESTION,
  readStream,
  recordings,
  startScripted,
  type TestServer,
} from '../test-support/scripted-server.ts';
import type { JournalEntry } from './request-journal.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const STREAMED = { ...QUESTION, stream: true };

/** Asks again and again: the server has no way to tell. */
async function journalled(running: TestServer, wanted: (entry: JournalEntry) => boolean): Promise<JournalEntry> {
  for (;;) {
    const entry = (await running.requests()).find(wanted);
    if (entry) return entry;
  }
}

describe('scripted delays', () => {
  it('count from the arrival of the request, token by token, without drift', async () => {
    server = await startScripted({
      STUB_ANSWER: Array.from({ length: 40 }, (_, i) => `w${i}`).join(' '),
      STUB_FIRST_TOKEN_MS: '100',
      STUB_TOKENS_PER_SECOND: '100',
    });
    const start = performance.now();
    const { chunks, times } = await readStream(await server.chat(STREAMED));
    const first = (times[1] ?? 0) - start;
    const last = (times.at(-2) ?? 0) - start;
    expect(chunks).toHaveLength(42);
    expect(first).toBeGreaterThanOrEqual(99);
    expect(last).toBeGreaterThanOrEqual(489);
    // Generous: a busy machine may be late once, but lateness must not add up forty times.
    expect(last).toBeLessThan(900);
  });

  it('give the whole text of a recording at once', async () => {
    server = await startScripted({ STUB_ASR_TEXT: 'What is a tide?', STUB_ASR_MS: '150' });
    const start = performance.now();
    const response = await server.chat({ ...recordings(encodeWav(new Float32Array(1600), 16_000)), stream: true });
    const { chunks, times } = await readStream(response);
    expect(contentOf(chunks)).toBe('What is a tide?');
    expect((times[0] ?? 0) - start).toBeGreaterThanOrEqual(149);
  });
});

describe('scripted failures', () => {
  it.each([
    ['400', 'BadRequestError'],
    ['404', 'NotFoundError'],
    ['429', 'TooManyRequestsError'],
    ['500', 'InternalServerError'],
    ['503', 'ServiceUnavailableError'],
  ])('answer with %s in vLLM shape', async (status, type) => {
    server = await startScripted({ STUB_FAIL: status });
    const response = await server.chat(STREAMED);
    expect(response.status).toBe(Number(status));
    expect(await response.json()).toMatchObject({ error: { type, param: null, code: Number(status) } });
  });

  it('break the connection in mid-stream', async () => {
    server = await startScripted({ STUB_ANSWER: 'a b c', STUB_FAIL: 'die-mid-stream', STUB_FAIL_AFTER_TOKENS: '2' });
    const response = await server.chat(STREAMED);
    await expect(readStream(response)).rejects.toThrow();
    await expect(journalled(server, ({ state }) => state === 'failed')).resolves.toMatchObject({ tokensSent: 2 });
  });

  it('send half an event', async () => {
    server = await startScripted({ STUB_ANSWER: 'a b c', STUB_FAIL: 'broken-sse', STUB_FAIL_AFTER_TOKENS: '1' });
    const text = await (await server.chat(STREAMED)).text();
    expect(text).toMatch(/"content":"a"/);
    expect(text).not.toContain('[DONE]');
    expect(text.endsWith('choi')).toBe(true);
  });

  it('end without a finish_reason', async () => {
    server = await startScripted({ STUB_ANSWER: 'a b c', STUB_FAIL: 'truncated', STUB_FAIL_AFTER_TOKENS: '2' });
    const { chunks, done } = await readStream(await server.chat(STREAMED));
    expect(contentOf(chunks)).toBe('a b');
    expect(done).toBe(false);
  });

  it('end with an error event and [DONE], as vLLM does when its engine fails', async () => {
    server = await startScripted({ STUB_ANSWER: 'a b', STUB_FAIL: 'error-mid-stream', STUB_FAIL_AFTER_TOKENS: '1' });
    const text = await (await server.chat(STREAMED)).text();
    expect(text).toMatch(/data: \{"error":\{"message":"Internal server error".*\n\ndata: \[DONE\]\n\n$/);
  });

  it('can be limited to answers and changed while the server runs', async () => {
    server = await startScripted({ STUB_FAIL: '500', STUB_FAIL_STAGE: 'answer' });
    expect((await server.chat(recordings(encodeWav(new Float32Array(1600), 16_000)))).status).toBe(200);
    expect((await server.chat(QUESTION)).status).toBe(500);
    await server.change({ fail: null, answer: 'Now it works.' });
    expect(await (await server.chat(QUESTION)).text()).toContain('Now it works.');
  });
});

describe('a client that leaves', () => {
  it.each(['hang', 'no-reply'])('is seen to leave, whatever the server waits for (%s)', async (fail) => {
    server = await startScripted({ STUB_FAIL: fail });
    const leaving = new AbortController();
    const asked = server.chat(STREAMED, { signal: leaving.signal });
    asked.catch(() => undefined);
    await journalled(server, ({ state }) => state === 'running');
    const leftAt = Date.now();
    leaving.abort();
    const entry = await journalled(server, ({ state }) => state === 'aborted');
    expect((entry.endedAt ?? 0) - leftAt).toBeLessThan(1000);
  });

  it('stops the tokens', async () => {
    server = await startScripted({ STUB_ANSWER: 'word '.repeat(1000), STUB_TOKENS_PER_SECOND: '100' });
    const leaving = new AbortController();
    const response = await server.chat(STREAMED, { signal: leaving.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    leaving.abort();
    const entry = await journalled(server, ({ state }) => state === 'aborted');
    expect(entry).toMatchObject({ stage: 'answer', messages: [{ role: 'user', text: QUESTION.messages[0]?.content }] });
    expect(entry.tokensSent).toBeLessThan(1000);
  });
});

describe('stopping the server', () => {
  it('lets go of a stream that never ends', async () => {
    const running = await startScripted({ STUB_FAIL: 'hang' });
    const closed = new EventTarget();
    const ended = once(closed, 'end');
    void running
      .chat(STREAMED)
      .then((response) => response.text())
      .catch(() => undefined)
      .then(() => closed.dispatchEvent(new Event('end')));
    await journalled(running, ({ state }) => state === 'running');
    await running.stop();
    await expect(ended).resolves.toBeDefined();
  });
});
