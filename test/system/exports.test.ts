import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { SynapscribeClient } from '../../cli/client.ts';
import { MAX_SERVER_MESSAGE_BYTES } from '../../protocol/messages.ts';
import { askSse } from '../support/sse.ts';
import { newIdentity, RECORDING, SEGMENTS, WAVEFORM, startSystem, type System } from '../support/system.ts';

const STEP_MS = 10_000;
const TITLE = 'Ebbe & Flut: "die Gezeiten" ';

let system: System;
let client: SynapscribeClient;
let identityId: string;
let lectureId: string;

const turn = (number: number, citations = SEGMENTS.slice(1, 2)) => ({
  queryId: randomUUID(),
  question: 'Why are there <b>tides</b>?',
  answer: 'The moon pulls.',
  citations,
  audioKey: null,
  askedAt: '2026-01-01T00:00:00.000Z',
  turn: number,
});

beforeAll(async () => {
  system = await startSystem();
  client = await SynapscribeClient.create(system.webSocketUrl);
  await client.connect();
  ({ identityId } = client);
});
afterAll(async () => {
  await client.close();
  await system.stop();
});
beforeEach(async () => {
  const conversation = [turn(1), turn(2, [])];
  lectureId = await system.addLecture(identityId, { title: TITLE, conversation, totalTurns: 2 });
});

async function get(path: string, parameters: Record<string, string>): Promise<Response> {
  const query = new URLSearchParams({ identityId, ...parameters });
  return await fetch(`${system.agentcoreUrl}/v1/lectures/${path}?${query.toString()}`, {
    signal: AbortSignal.timeout(STEP_MS),
  });
}

async function refusal(response: Response): Promise<unknown> {
  return { status: response.status, ...((await response.json()) as object) };
}

describe('exports over HTTP', () => {
  it.each([
    ['vtt', 'text/vtt; charset=utf-8', /^WEBVTT\n\nNOTE Tides \(00:18\)\n\n00:00:00\.000 --> 00:00:05\.000\nTides are/],
    ['srt', 'application/x-subrip; charset=utf-8', /^1\n00:00:00,000 --> 00:00:05,000\nTides are/],
    ['md', 'text/markdown; charset=utf-8', /^# Tides\n\nLength: 00:18\n\n\\\[00:00\\\] Tides are/],
    ['json', 'application/json; charset=utf-8', /^\{\n {2}"lectureId": "[\w-]{36}",\n {2}"title": "Tides",/],
  ])('give a transcript as %s', async (format, type, text) => {
    const response = await get(`${lectureId}/transcript`, { format });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    const disposition = `attachment; filename="Tides.${format}"; filename*=UTF-8''Tides.${format}`;
    expect(response.headers.get('content-disposition')).toBe(disposition);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.text()).toMatch(text);
  });

  it.each([
    ['vtt', /00:00:06\.000 --> 00:00:11\.000\nQ: Why are there &lt;b&gt;tides&lt;\/b&gt;\?\nA: The moon pulls\.\n$/],
    ['srt', /^1\n00:00:06,000 --> 00:00:11,000\nQ: Why are there ‹b>tides‹\/b>\?\nA: The moon pulls\.\n$/],
    [
      'md',
      /## 1\. Why are there \\<b\\>tides\\<\/b\\>\?\n\nThe moon pulls\.\n\n- \\\[00:06–00:11\\\] The moon pulls on/,
    ],
    ['json', /"totalTurns": 2/],
  ])('give a conversation as %s', async (format, text) => {
    const response = await get(`${lectureId}/conversation`, { format });
    expect(response.headers.get('content-disposition')).toContain(
      `filename="Ebbe & Flut_ _die Gezeiten_ (conversation).${format}"`,
    );
    const exported = await response.text();
    expect(exported).toMatch(text);
    expect(exported).not.toContain('queryId');
  });

  it('name the parameter that is wrong', async () => {
    const wrong = await Promise.all([
      get(`${lectureId}/transcript`, { format: 'pdf' }),
      get(`${lectureId}/conversation`, {}),
      get(`${lectureId}/transcript`, { format: 'md', identityId: 'me' }),
      get('x/transcript', { format: 'md' }),
      get(`${lectureId}/search`, {}),
      get(`${lectureId}/search`, { q: 'x'.repeat(201) }),
      get(`${lectureId}/search`, { q: 'tides', limit: '51' }),
      get(`${lectureId}/search`, { q: 'tides', limit: '1e1' }),
    ]);
    const params = ['format', 'format', 'identityId', 'lectureId', 'q', 'q', 'limit', 'limit'];
    expect(await Promise.all(wrong.map(refusal))).toMatchObject(
      params.map((param) => ({
        status: 400,
        error: { code: 'bad_request', type: 'invalid_request_error', param, message: expect.stringContaining(param) },
      })),
    );
  });

  it('know no lecture of anybody else', async () => {
    const stranger = { identityId: newIdentity() };
    const refused = await Promise.all([
      get(`${lectureId}/transcript`, { format: 'md', ...stranger }),
      get(`${lectureId}/conversation`, { format: 'md', ...stranger }),
      get(`${lectureId}/search`, { q: 'tides', ...stranger }),
    ]);
    for (const response of refused) {
      expect(await refusal(response)).toMatchObject({ status: 404, error: { code: 'not_found' } });
    }
  });

  it('wait for a lecture to be ready', async () => {
    const early = await system.addLecture(identityId, { status: 'transcribing' });
    const rejected = await system.addLecture(identityId, { status: 'rejected' });
    for (const [id, retry] of [
      [early, 'true'],
      [rejected, 'false'],
    ] as const) {
      const response = await get(`${id}/transcript`, { format: 'md' });
      expect(response.headers.get('x-should-retry')).toBe(retry);
      expect(await refusal(response)).toMatchObject({ status: 409, error: { code: 'lecture_not_ready' } });
    }
  });
});

describe('all lectures', () => {
  const Lecture = { lectureId: expect.any(String), title: 'Sea' };

  it('give the conversation about them, each place with its lecture', async () => {
    const student = newIdentity();
    await system.addLecture(student, { title: 'Sea' });
    const none = await get('*/conversation', { format: 'md', identityId: student });
    expect(await none.text()).toBe('# All lectures\n\nNothing has been asked yet.\n');
    await system.model.change({ answer: 'The moon pulls. [2]' });
    await askSse(system.agentcoreUrl, { queryId: randomUUID(), identityId: student, lectureId: '*', text: 'Why?' });
    const json = await get('*/conversation', { format: 'json', identityId: student });
    expect(json.headers.get('content-disposition')).toContain('filename="All lectures (conversation).json"');
    expect(await json.json()).toMatchObject({
      lectureId: '*',
      turns: [{ question: 'Why?', citations: [{ ...SEGMENTS[1], ...Lecture }] }],
    });
    const md = await get('*/conversation', { format: 'md', identityId: student });
    expect(await md.text()).toContain('- Sea \\[00:06–00:11\\] The moon pulls');
  });

  it('are searched together, and give a link over the WebSocket', async () => {
    const mine = await client.search('*', '"bay of fundy"');
    expect(mine.hits[0]).toEqual({
      ...SEGMENTS[2],
      score: expect.any(Number),
      lectureId: expect.any(String),
      title: expect.any(String),
    });
    const { url } = await client.exportLecture({ lectureId: '*', what: 'conversation', format: 'md' });
    expect(decodeURIComponent(url)).toContain(`/responses/${identityId}/all-lectures.conversation.md?`);
    const response = await fetch(url, { signal: AbortSignal.timeout(STEP_MS) });
    expect(await response.text()).toMatch(/^# All lectures/);
  });

  it.each([
    ['transcript', 'md', /one lecture at a time/],
    ['conversation', 'srt', /belongs to one recording/],
  ])('have no %s as %s', async (what, format, message) => {
    const refused = await refusal(await get(`*/${what}`, { format }));
    expect(refused).toMatchObject({ status: 400, error: { message: expect.stringMatching(message) } });
  });
});

describe('POST exports', () => {
  const post = async (body: object): Promise<Response> =>
    await fetch(`${system.agentcoreUrl}/v1/lectures/${lectureId}/exports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(STEP_MS),
    });

  it('gives a link', async () => {
    const response = await post({ identityId, what: 'transcript', format: 'srt' });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      url: expect.stringContaining(`/responses/${encodeURIComponent(identityId)}/${lectureId}.transcript.srt?`),
      expiresAt: expect.any(Number),
    });
  });

  it.each([
    ['what', { what: 'audio', format: 'md' }],
    ['format', { what: 'transcript', format: 'exe' }],
    ['identityId', { identityId: '../x', what: 'transcript', format: 'md' }],
  ])('names a wrong %s', async (param, wrong) => {
    const refused = await refusal(await post({ identityId, ...wrong }));
    expect(refused).toMatchObject({ status: 400, error: { code: 'bad_request', param } });
  });
});

describe('a search over HTTP', () => {
  it('tells when it is said, the best first', async () => {
    const response = await get(`${lectureId}/search`, { q: 'tides water' });
    expect(await response.json()).toEqual({
      hits: expect.arrayContaining([
        { ...SEGMENTS[0], score: expect.any(Number) },
        { ...SEGMENTS[1], score: expect.any(Number) },
      ]),
    });
    const phrase = await get(`${lectureId}/search`, { q: '"bay of FUNDY"', limit: '1' });
    expect(await phrase.json()).toEqual({ hits: [{ ...SEGMENTS[2], score: expect.any(Number) }] });
  });
});

describe('over the WebSocket', () => {
  it('an export is a link to a file with a name', async () => {
    const reply = await client.exportLecture({ lectureId, what: 'conversation', format: 'md' });
    expect(reply.expiresAt * 1000 - Date.now()).toBeGreaterThan(50 * 60_000);
    const response = await fetch(reply.url, { signal: AbortSignal.timeout(STEP_MS) });
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="Ebbe .*filename\*=UTF-8''Ebbe/);
    const overHttp = await get(`${lectureId}/conversation`, { format: 'md' });
    expect(await response.text()).toBe(await overHttp.text());
  });

  it('an export shows the last state each time', async () => {
    const first = await client.exportLecture({ lectureId, what: 'conversation', format: 'json' });
    await client.ask({ lectureId, text: 'And the sun?' });
    const second = await client.exportLecture({ lectureId, what: 'conversation', format: 'json' });
    expect(new URL(second.url).pathname).toBe(new URL(first.url).pathname);
    const response = await fetch(second.url, { signal: AbortSignal.timeout(STEP_MS) });
    expect(await response.json()).toMatchObject({ totalTurns: 3, turns: [{}, {}, { question: 'And the sun?' }] });
  });

  it('a search tells the hits that fit a message', async () => {
    expect(await client.search(lectureId, '"the moon"')).toEqual({
      type: 'search',
      lectureId,
      text: '"the moon"',
      hits: [{ ...SEGMENTS[1], score: expect.any(Number) }],
    });
    const long = Array.from({ length: 80 }, (_, i) => ({ start: i, end: i + 1, text: `moon ${'潮'.repeat(290)}` }));
    const longId = await system.addLecture(identityId, {}, long);
    const reply = await client.search(longId, 'moon');
    expect(Buffer.byteLength(JSON.stringify(reply))).toBeLessThanOrEqual(MAX_SERVER_MESSAGE_BYTES);
    expect(reply.hits.length).toBeGreaterThan(25);
  });

  it('a recording is linked to, in ranges, and comes with its outline', async () => {
    const reply = await client.recordingOf(lectureId);
    expect(reply).toMatchObject({ type: 'recording', lectureId, waveform: WAVEFORM });
    expect(reply.expiresAt).toBeGreaterThan(Date.now() / 1000 + 3_000);
    const response = await fetch(reply.url, { headers: { range: 'bytes=2-5' }, signal: AbortSignal.timeout(STEP_MS) });
    expect([response.status, await response.text()]).toEqual([206, RECORDING.slice(2, 6)]);
  });

  it('none reaches a lecture of somebody else', async () => {
    const foreign = await system.addLecture(newIdentity());
    const missing = { code: 'not_found' };
    const asked = { lectureId: foreign, what: 'transcript', format: 'md' } as const;
    await expect(client.exportLecture(asked)).rejects.toMatchObject(missing);
    await expect(client.search(foreign, 'moon')).rejects.toMatchObject(missing);
    await expect(client.recordingOf(foreign)).rejects.toMatchObject(missing);
  });
});
