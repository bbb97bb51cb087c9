import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { claimItemKey, connectionItemKey, identityConnectionsItemKey } from '../../protocol/items.ts';
import { lectureKey, queryKey, responseKey } from '../../protocol/keys.ts';
import { serverMessageSchema, type ServerMessage } from '../../protocol/messages.ts';
import { createLogger } from '../../service-kit/logger.ts';
import { AgentCoreClient } from './agentcore-client.ts';
import { sendOpenAiError, startFakeAgentCore, type FakeAgentCore } from './test-support/fake-agentcore.ts';
import { CREDENTIALS, startLocalTable, TABLE, type LocalTable } from './test-support/local-table.ts';
import { createWebSocketHandler, type WebSocketHandler } from './websocket-handler.ts';
import { MAX_CONNECTIONS_PER_IDENTITY } from './websocket/connection-store.ts';
import { MAX_UPLOAD_BYTES_PER_DAY } from './websocket/upload-store.ts';

const newIdentity = (): string => `eu-west-1:${randomUUID()}`;
const newConnection = (): string => `${randomUUID().slice(0, 12)}=`;
const context = {} as Context;
const DAY_MS = 24 * 60 * 60 * 1000;

let table: LocalTable;
let agentCore: FakeAgentCore;
let handler: WebSocketHandler;
let nowMs: number;

beforeAll(async () => {
  table = await startLocalTable();
});
afterAll(() => table.stop());
beforeEach(async () => {
  nowMs = Date.now();
  agentCore = await startFakeAgentCore();
  handler = handlerWith(agentCore.endpoint);
});
afterEach(() => agentCore.stop());

function handlerWith(endpoint: string): WebSocketHandler {
  return createWebSocketHandler({
    dynamo: table.dynamo,
    s3: new S3Client({
      region: 'eu-west-1',
      endpoint: 'http://127.0.0.1:1',
      forcePathStyle: true,
      credentials: CREDENTIALS,
    }),
    agentCore: new AgentCoreClient({ endpoint, timeoutMs: 300 }),
    bucket: 'audio-bucket',
    table: TABLE,
    log: createLogger('test', 'silent'),
    now: () => nowMs,
  });
}

function route(routeKey: string, connectionId: string, rest: object = {}): object {
  return { requestContext: { routeKey, connectionId, requestId: 'r' }, ...rest };
}

async function connect(
  identityId: unknown,
  connectionId = newConnection(),
): Promise<{ statusCode: number; connectionId: string }> {
  const { statusCode = 0 } = await handler(
    { requestContext: { routeKey: '$connect', connectionId, identity: { cognitoIdentityId: identityId } } },
    context,
  );
  return { statusCode, connectionId };
}

async function say(connectionId: string, message: unknown, rest: object = {}): Promise<ServerMessage | undefined> {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const response = await handler(route('$default', connectionId, { body, isBase64Encoded: false, ...rest }), context);
  expect(response.statusCode).toBe(200);
  return response.body === undefined ? undefined : serverMessageSchema.parse(JSON.parse(response.body));
}

describe('$connect', () => {
  it('writes who is behind the connection, and adds it to the identity', async () => {
    const identityId = newIdentity();
    const first = await connect(identityId);
    const second = await connect(identityId);
    expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
    const expiresAt = expect.any(Number);
    expect(await table.get(connectionItemKey(first.connectionId))).toMatchObject({ identityId, expiresAt });
    expect(await table.get(identityConnectionsItemKey(identityId))).toMatchObject({
      connectionIds: new Set([first.connectionId, second.connectionId]),
      expiresAt,
    });
  });

  it.each([undefined, null, '', 'eu-west-1:me', 7])('refuses the identity %j', async (identityId) => {
    const { statusCode } = await connect(identityId);
    expect(statusCode).not.toBe(200);
  });

  it('refuses a connection too many, and counts only those that live', async () => {
    const identityId = newIdentity();
    for (let i = 0; i < MAX_CONNECTIONS_PER_IDENTITY; i++) await connect(identityId);
    expect(await connect(identityId)).toMatchObject({ statusCode: 429 });

    // None of the twenty ever said good-bye.
    nowMs += DAY_MS;
    expect(await connect(identityId)).toMatchObject({ statusCode: 200 });
    const item = await table.get(identityConnectionsItemKey(identityId));
    expect(item?.['connectionIds']).toHaveProperty('size', 1);
  });
});

describe('$disconnect', () => {
  it('forgets the connection and has AgentCore end its queries', async () => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    expect(await handler(route('$disconnect', connectionId), context)).toEqual({ statusCode: 200 });
    expect(await table.get(connectionItemKey(connectionId))).toBeUndefined();
    expect(await table.get(identityConnectionsItemKey(identityId))).not.toHaveProperty('connectionIds');
    expect(agentCore.requests).toMatchObject([
      { method: 'DELETE', path: `/v1/connections/${encodeURIComponent(connectionId)}` },
    ]);
  });

  it('succeeds where AgentCore is down and the connection is not known', async () => {
    await agentCore.stop();
    expect(await handler(route('$disconnect', newConnection()), context)).toEqual({ statusCode: 200 });
  });
});

describe('query', () => {
  const lectureId = randomUUID();

  it('hands a spoken question to AgentCore and accepts it', async () => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    const queryId = randomUUID();
    const audioKey = queryKey(identityId, queryId, 'wav');
    const accepted = await say(connectionId, { action: 'query', queryId, lectureId, audioKey });
    expect(accepted).toEqual({ type: 'accepted', queryId, seq: 0 });
    expect(agentCore.requests).toEqual([
      { method: 'POST', path: '/v1/queries', body: { queryId, identityId, lectureId, audioKey, connectionId } },
    ]);
  });

  it('hands a typed question to AgentCore', async () => {
    const { connectionId } = await connect(newIdentity());
    const queryId = randomUUID();
    await say(connectionId, { action: 'query', queryId, lectureId, text: 'What is osmosis?' });
    expect(agentCore.requests).toMatchObject([{ body: { queryId, text: 'What is osmosis?' } }]);
  });

  it('takes the identity from the connection alone', async () => {
    const message = { action: 'query', queryId: randomUUID(), lectureId, text: 'Why?' };
    expect(await say(newConnection(), message)).toMatchObject({ type: 'error', code: 'forbidden' });
    const { connectionId } = await connect(newIdentity());
    const smuggled = await say(connectionId, { ...message, identityId: newIdentity() });
    expect(smuggled).toMatchObject({ code: 'bad_request', message: 'The field "identityId" is not known here.' });
    expect(agentCore.requests).toEqual([]);
  });

  it.each([
    ['of someone else', 'forbidden', (_mine: string, queryId: string) => queryKey(newIdentity(), queryId, 'wav')],
    ['of another query', 'bad_request', (mine: string) => queryKey(mine, randomUUID(), 'wav')],
    ['of a response', 'bad_request', (mine: string, queryId: string) => responseKey(mine, queryId)],
    ['with dots', 'bad_request', (mine: string, queryId: string) => `queries/${mine}/../${queryId}.wav`],
    ['with an encoded slash', 'bad_request', (mine: string, queryId: string) => `queries/${mine}%2F${queryId}.wav`],
  ])('refuses the key %s', async (_what, code, makeKey) => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    const queryId = randomUUID();
    const audioKey = makeKey(identityId, queryId);
    const error = await say(connectionId, { action: 'query', queryId, lectureId, audioKey });
    expect(error).toMatchObject({ type: 'error', queryId, lectureId, code, retryable: false });
    expect(JSON.stringify(error)).not.toContain('queries/');
    expect(agentCore.requests).toEqual([]);
  });

  describe('when AgentCore does not take it', () => {
    const ask = async (): Promise<ServerMessage | undefined> => {
      const { connectionId } = await connect(newIdentity());
      return say(connectionId, { action: 'query', queryId: randomUUID(), lectureId, text: 'Why?' });
    };

    it('passes on an error of the protocol', async () => {
      agentCore.answerWith((_request, res) => sendOpenAiError(res, 409, 'lecture_not_ready', 'Not yet.'));
      expect(await ask()).toMatchObject({ code: 'lecture_not_ready', message: 'Not yet.', retryable: true, lectureId });
    });

    it.each([
      ['says 503 without a code', (res: Parameters<typeof sendOpenAiError>[0]) => sendOpenAiError(res, 503, null, 'x')],
      ['answers HTML', (res) => res.writeHead(502).end('<html>/opt/secret</html>')],
      ['hangs up', (res) => res.destroy()],
      ['is silent', () => undefined],
    ] satisfies [string, (res: Parameters<typeof sendOpenAiError>[0]) => unknown][])(
      'says that it cannot be reached where it %s',
      async (_what, answer) => {
        agentCore.answerWith((_request, res) => answer(res));
        const error = await ask();
        expect(error).toMatchObject({ code: 'agent_unavailable', retryable: true });
        expect(JSON.stringify(error)).not.toContain('secret');
      },
    );

    it('says that it cannot be reached where nobody listens', async () => {
      handler = handlerWith('http://127.0.0.1:1');
      expect(await ask()).toMatchObject({ code: 'agent_unavailable', retryable: true });
    });

    it('tries once more where an idle connection was dropped', async () => {
      let dropped = false;
      agentCore.answerWith((_request, res) => {
        if (dropped) res.writeHead(202).end('{}');
        else res.destroy();
        dropped = true;
      });
      expect(await ask()).toMatchObject({ type: 'accepted' });
      expect(agentCore.requests).toHaveLength(2);
    });
  });
});

describe('cancel', () => {
  it('cancels under the identity of the connection and leaves the answer to AgentCore', async () => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    const queryId = randomUUID();
    agentCore.answerWith((_request, res) => res.writeHead(204).end());
    expect(await say(connectionId, { action: 'cancel', queryId })).toBeUndefined();
    const path = `/v1/queries/${queryId}?identityId=${encodeURIComponent(identityId)}`;
    expect(agentCore.requests).toMatchObject([{ method: 'DELETE', path }]);
  });

  it('is no error for a query that has ended', async () => {
    const { connectionId } = await connect(newIdentity());
    agentCore.answerWith((_request, res) => sendOpenAiError(res, 404, 'not_found', 'There is no such query.'));
    expect(await say(connectionId, { action: 'cancel', queryId: randomUUID() })).toBeUndefined();
  });
});

describe('upload', () => {
  const message = (changes: object = {}): object => ({
    action: 'upload',
    lectureId: randomUUID(),
    title: 'Woche 3: Ökologie',
    filename: 'week 3.mp3',
    contentType: 'audio/mpeg',
    bytes: 1_000,
    ...changes,
  });

  it('answers a form for exactly this file, and keeps the title', async () => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    const lectureId = randomUUID();
    const reply = await say(connectionId, message({ lectureId }));
    if (reply?.type !== 'upload') throw new Error('no form');
    expect(reply).toMatchObject({ lectureId, expiresAt: Math.floor(nowMs / 1000) + 3600 });
    const key = lectureKey(identityId, lectureId, 'week 3.mp3');
    expect(reply.fields).toMatchObject({
      key,
      'Content-Type': 'audio/mpeg',
      'x-amz-meta-title': encodeURIComponent('Woche 3: Ökologie'),
      success_action_status: '204',
    });
    const policy: unknown = JSON.parse(Buffer.from(reply.fields['Policy'] ?? '', 'base64').toString());
    expect(policy).toHaveProperty('conditions', expect.arrayContaining([['content-length-range', 1, 1_000], { key }]));
    expect(await table.get({ sessionId: identityId, lectureId })).toMatchObject({
      status: 'uploaded',
      title: 'Woche 3: Ökologie',
      conversation: [],
      totalTurns: 0,
    });
  });

  it('stores nothing as what a browser would show as a page', async () => {
    const { connectionId } = await connect(newIdentity());
    const typeOf = async (contentType: string) => {
      const reply = await say(connectionId, message({ contentType }));
      return reply?.type === 'upload' ? reply.fields['Content-Type'] : reply;
    };
    expect(await typeOf('video/mp4')).toBe('video/mp4');
    expect(await typeOf('text/html')).toBe('application/octet-stream');
    expect(await typeOf('image/svg+xml')).toBe('application/octet-stream');
  });

  it('leaves a claim, so that the lecture is found even if the event of its upload is lost', async () => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    const lectureId = randomUUID();
    await say(connectionId, message({ lectureId }));
    expect(await table.get(claimItemKey('lecture', identityId, lectureId))).toMatchObject({
      state: 'running',
      leaseUntil: nowMs + 600_000,
      payload: JSON.stringify({
        key: lectureKey(identityId, lectureId, 'week 3.mp3'),
        uploadUntil: (Math.floor(nowMs / 1000) + 3600) * 1000,
        runs: 0,
        pieces: 0,
      }),
    });
  });

  it('may be asked again until the file has come, and no more', async () => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    const lectureId = randomUUID();
    expect(await say(connectionId, message({ lectureId }))).toMatchObject({ type: 'upload' });
    expect(await say(connectionId, message({ lectureId }))).toMatchObject({ type: 'upload' });
    await table.put({ sessionId: identityId, lectureId, status: 'ready', title: 'x' });
    expect(await say(connectionId, message({ lectureId }))).toMatchObject({
      type: 'error',
      lectureId,
      code: 'bad_request',
      message: 'The field "lectureId" names a lecture that has been uploaded already; take a new id.',
    });
  });

  it('refuses what S3 would replace in a key', async () => {
    const { connectionId } = await connect(newIdentity());
    expect(await say(connectionId, message({ filename: '${filename}' }))).toMatchObject({ code: 'bad_request' });
  });

  it('takes a title with half a surrogate', async () => {
    const { connectionId } = await connect(newIdentity());
    expect(await say(connectionId, message({ title: 'a\ud800' }))).toMatchObject({ type: 'upload' });
  });

  it('bounds what one identity uploads in a day', async () => {
    const { connectionId } = await connect(newIdentity());
    const bytes = 2_000_000_000;
    for (let sum = 0; sum < MAX_UPLOAD_BYTES_PER_DAY; sum += bytes) {
      expect(await say(connectionId, message({ bytes }))).toMatchObject({ type: 'upload' });
    }
    expect(await say(connectionId, message())).toMatchObject({ code: 'overloaded', retryable: false });
    nowMs += DAY_MS + 1000;
    expect(await say(connectionId, message())).toMatchObject({ type: 'upload' });
    expect(await say(connectionId, message())).toMatchObject({ type: 'upload' });
  });
});

describe('export', () => {
  const message = { action: 'export', lectureId: randomUUID(), what: 'conversation', format: 'md' };

  it('has AgentCore write the file for the connection’s own identity, and gives the link', async () => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    const link = { url: 'https://example.org/signed', expiresAt: 1767225600 };
    agentCore.answerWith((_request, res) => res.writeHead(201).end(JSON.stringify(link)));
    const { lectureId, what, format } = message;
    expect(await say(connectionId, message)).toEqual({ type: 'export', lectureId, what, format, ...link });
    expect(agentCore.requests).toEqual([
      { method: 'POST', path: `/v1/lectures/${lectureId}/exports`, body: { identityId, what, format } },
    ]);
  });

  it('tells what AgentCore says', async () => {
    const { connectionId } = await connect(newIdentity());
    agentCore.answerWith((_request, res) => sendOpenAiError(res, 409, 'lecture_not_ready', 'Not yet.'));
    const { lectureId } = message;
    expect(await say(connectionId, message)).toMatchObject({
      lectureId,
      code: 'lecture_not_ready',
      message: 'Not yet.',
    });
  });

  it('is told that something is wrong where AgentCore gives no link', async () => {
    const { connectionId } = await connect(newIdentity());
    agentCore.answerWith((_request, res) => res.writeHead(201).end('{"url":"nowhere"}'));
    expect(await say(connectionId, message)).toMatchObject({ code: 'internal' });
  });
});

describe('search', () => {
  it('asks AgentCore, and gives the hits', async () => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    const hits = [{ start: 1, end: 2, text: 'Tides.', score: 1.5 }];
    agentCore.answerWith((_request, res) => res.writeHead(200).end(JSON.stringify({ hits })));
    const [lectureId, text] = [randomUUID(), '"a & b" tides'];
    expect(await say(connectionId, { action: 'search', lectureId, text })).toEqual({
      type: 'search',
      lectureId,
      text,
      hits,
    });
    const [request] = agentCore.requests;
    const url = new URL(request?.path ?? '', agentCore.endpoint);
    expect(`${request?.method} ${url.pathname}`).toBe(`GET /v1/lectures/${lectureId}/search`);
    expect(Object.fromEntries(url.searchParams)).toEqual({ identityId, q: text, limit: '50' });
  });
});

describe('delete', () => {
  it('has AgentCore take away the connection’s own lecture, and says so once it is done', async () => {
    const identityId = newIdentity();
    const { connectionId } = await connect(identityId);
    agentCore.answerWith((_request, res) => res.writeHead(204).end());
    const lectureId = randomUUID();
    expect(await say(connectionId, { action: 'delete', lectureId })).toEqual({ type: 'deleted', lectureId });
    expect(agentCore.requests).toMatchObject([
      { method: 'DELETE', path: `/v1/lectures/${lectureId}?identityId=${encodeURIComponent(identityId)}` },
    ]);
  });

  it('tells what kept it from it', async () => {
    const { connectionId } = await connect(newIdentity());
    agentCore.answerWith((_request, res) => sendOpenAiError(res, 500, 'internal', 'The storage is away.'));
    const lectureId = randomUUID();
    expect(await say(connectionId, { action: 'delete', lectureId })).toMatchObject({
      type: 'error',
      lectureId,
      code: 'internal',
      message: 'The storage is away.',
      retryable: true,
    });
  });

  it('takes one lecture at a time', async () => {
    const { connectionId } = await connect(newIdentity());
    expect(await say(connectionId, { action: 'delete', lectureId: '*' })).toMatchObject({ code: 'bad_request' });
    expect(agentCore.requests).toEqual([]);
  });
});

describe('any other message', () => {
  it('answers a ping', async () => {
    expect(await say(newConnection(), { action: 'ping' })).toEqual({ type: 'pong' });
  });

  const id = randomUUID();
  it.each([
    ['The message is not valid JSON.', 'hello'],
    ['The message is empty; send a JSON object.', ''],
    ['The message is not a JSON object.', '[1]'],
    ['The message is not a JSON object.', 'null'],
    ['The field "action" is missing.', '{}'],
    [
      'The action "dance" is not known; there are query, upload, cancel, export, search, recording, delete, ping.',
      { action: 'dance' },
    ],
    [
      'The action 7 is not known; there are query, upload, cancel, export, search, recording, delete, ping.',
      { action: 7 },
    ],
    ['The field "queryId" is missing.', { action: 'cancel' }],
    ['The field "queryId" must be a lower-case UUID.', { action: 'cancel', queryId: 'x' }],
    ['The field "queryId" must be a string.', { action: 'cancel', queryId: null }],
    ['The field "x" is not known here.', { action: 'ping', x: 1 }],
    ['Give either audioKey or text.', { action: 'query', queryId: id, lectureId: id }],
    ['The field "text" must not be empty.', { action: 'query', queryId: id, lectureId: id, text: ' ' }],
    [
      'The field "text" must be at most 2000 characters.',
      { action: 'query', queryId: id, lectureId: id, text: 'x'.repeat(3000) },
    ],
    [
      'The field "title" must not be empty.',
      { action: 'upload', lectureId: id, title: '', filename: 'a.mp3', contentType: 'audio/mpeg', bytes: 1 },
    ],
    [
      'The field "filename" must be a plain file name.',
      { action: 'upload', lectureId: id, title: 'a', filename: '../a', contentType: 'audio/mpeg', bytes: 1 },
    ],
    [
      'The field "bytes" must be at most 2 GB.',
      { action: 'upload', lectureId: id, title: 'a', filename: 'a', contentType: 'audio/mpeg', bytes: 3e9 },
    ],
    [
      'The field "bytes" must be a whole number.',
      { action: 'upload', lectureId: id, title: 'a', filename: 'a', contentType: 'audio/mpeg', bytes: 1.5 },
    ],
    [
      'The field "what" must be transcript or conversation.',
      { action: 'export', lectureId: id, what: 'audio', format: 'md' },
    ],
    [
      'The field "format" must be vtt, srt, md or json.',
      { action: 'export', lectureId: id, what: 'transcript', format: 'pdf' },
    ],
    ['The field "text" is missing.', { action: 'search', lectureId: id }],
    ['The field "lectureId" is missing.', { action: 'recording' }],
    ['The field "text" must not be empty.', { action: 'search', lectureId: id, text: ' ' }],
    ['The field "text" must be at most 200 characters.', { action: 'search', lectureId: id, text: 'x'.repeat(201) }],
    ['The message is longer than 32 KB.', { action: 'query', text: 'x'.repeat(100_000) }],
  ])('answers: %s', async (sentence, message) => {
    expect(await say(newConnection(), message)).toMatchObject({
      type: 'error',
      code: 'bad_request',
      message: sentence,
      retryable: false,
    });
  });

  it('echoes the ids that can be read', async () => {
    const error = await say(newConnection(), { action: 'query', queryId: id, lectureId: '../..' });
    expect(error).toMatchObject({ queryId: id });
    expect(error).not.toHaveProperty('lectureId');
  });

  it('refuses a binary message', async () => {
    expect(await say(newConnection(), '{"action":"ping"}', { isBase64Encoded: true })).toMatchObject({
      code: 'bad_request',
    });
  });

  it('is answered also where the database hangs', async () => {
    // It takes requests and never answers one.
    const silent = await startFakeAgentCore();
    silent.answerWith(() => undefined);
    const config = { region: 'eu-west-1', endpoint: silent.endpoint, credentials: CREDENTIALS };
    const hanging = createWebSocketHandler({
      dynamo: DynamoDBDocumentClient.from(new DynamoDBClient(config)),
      s3: new S3Client({ region: 'eu-west-1' }),
      agentCore: new AgentCoreClient({ endpoint: agentCore.endpoint }),
      bucket: 'b',
      table: TABLE,
      log: createLogger('test', 'silent'),
      deadlineMs: 200,
    });
    const body = JSON.stringify({ action: 'query', queryId: id, lectureId: id, text: 'Why?' });
    const response = await hanging(route('query', newConnection(), { body }), context);
    expect(JSON.parse(response.body ?? '')).toMatchObject({ code: 'internal', queryId: id, retryable: true });
    expect(silent.requests).not.toEqual([]);
    await silent.stop();
  });

  it('tells nothing of what is wrong inside', async () => {
    const { connectionId } = await connect(newIdentity());
    const broken = createWebSocketHandler({
      dynamo: table.dynamo,
      s3: new S3Client({ region: 'eu-west-1' }),
      agentCore: new AgentCoreClient({ endpoint: agentCore.endpoint }),
      bucket: 'b',
      table: 'NoSuchTable-secret',
      log: createLogger('test', 'silent'),
    });
    const message = { action: 'query', queryId: id, lectureId: id, text: 'Why?' };
    const { body = '' } = await broken(route('query', connectionId, { body: JSON.stringify(message) }), context);
    expect(JSON.parse(body)).toMatchObject({ type: 'error', code: 'internal', queryId: id, retryable: true });
    expect(body).not.toContain('secret');
  });
});
