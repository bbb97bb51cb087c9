import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { Mailbox } from '../test-support/deferred.ts';
import {
  connectionsClient,
  createGuest,
  failureOf,
  presignWebSocketUrl,
  startTestAws,
  type Guest,
  type TestAws,
} from '../test-support/local-aws.ts';
import { connect, type TestSocket } from '../test-support/web-socket.ts';
import { createGatewayId, type WebSocketEvent } from './event.ts';

let aws: TestAws;
let guest: Guest;
let client: TestSocket;
let ConnectionId: string;
const connected = new Mailbox<string>();

beforeAll(async () => {
  aws = await startTestAws({
    settings: { MAX_BUFFERED_BYTES: 100_000 },
    handlers: {
      webSocket: (raw) => {
        const { routeKey, connectionId } = (raw as WebSocketEvent).requestContext;
        if (routeKey === '$connect') connected.put(connectionId);
        return Promise.resolve({ statusCode: 200 });
      },
    },
  });
  guest = await createGuest(aws);
});

afterAll(() => aws.stop());

beforeEach(async () => {
  client = await connect(await presignWebSocketUrl(aws.pageUrl, guest.credentials), { 'user-agent': 'tests/1' });
  ConnectionId = await connected.take();
});

afterEach(() => client.socket.terminate());

const post = (api: ApiGatewayManagementApiClient, Data: string | Uint8Array, id = ConnectionId) =>
  api.send(new PostToConnectionCommand({ ConnectionId: id, Data }));

describe.each([
  ['the page’s port', () => aws.pageUrl],
  ['the AWS port', () => aws.awsUrl],
])('@connections on %s', (_name, baseUrl) => {
  let api: ApiGatewayManagementApiClient;
  beforeEach(() => {
    api = connectionsClient(baseUrl());
  });
  afterEach(() => api.destroy());

  it('posts text, in order, to an id that ends in =', async () => {
    expect(ConnectionId).toMatch(/=$/);
    for (const text of ['{"a":1}', 'ünïcode', Buffer.from('bytes')]) await post(api, text);
    expect([await client.next(), await client.next(), await client.next()]).toEqual(['{"a":1}', 'ünïcode', 'bytes']);
  });

  it('tells since when a connection is there, and whose it is', async () => {
    const described = await api.send(new GetConnectionCommand({ ConnectionId }));
    expect(described.ConnectedAt?.getTime()).toBeLessThanOrEqual(Date.now());
    expect(described.LastActiveAt?.getTime()).toBeGreaterThanOrEqual(described.ConnectedAt?.getTime() ?? 0);
    expect(described.Identity).toEqual({ SourceIp: '127.0.0.1', UserAgent: 'tests/1' });
  });

  it('closes a connection with 1000', async () => {
    await api.send(new DeleteConnectionCommand({ ConnectionId }));
    expect(await client.closed).toMatchObject({ code: 1000 });
    await expect(post(api, 'x')).rejects.toBeInstanceOf(GoneException);
  });

  it('says Gone for a connection that never was', async () => {
    await expect(post(api, 'x', createGatewayId())).rejects.toBeInstanceOf(GoneException);
    const got = api.send(new GetConnectionCommand({ ConnectionId: createGatewayId() }));
    expect(await failureOf(got)).toEqual({ name: 'GoneException', status: 410 });
  });

  it.each(['x', 'not an id', '../../x', 'a'.repeat(15)])('refuses the id %j as malformed', async (id) => {
    expect(await failureOf(post(api, 'x', id))).toEqual({ name: 'BadRequestException', status: 400 });
  });

  it('takes 128 KB and refuses more with 413', async () => {
    await post(api, 'x'.repeat(128 * 1024));
    expect(await client.next()).toHaveLength(128 * 1024);
    await expect(post(api, 'x'.repeat(128 * 1024 + 1))).rejects.toBeInstanceOf(PayloadTooLargeException);
    expect(await failureOf(post(api, 'x'.repeat(3_000_000)))).toMatchObject({ status: 413 });
  });

  it('refuses a client that does not read with 429', async () => {
    client.socket.pause();
    const flood = async (): Promise<never> => {
      for (;;) await post(api, 'x'.repeat(100_000));
    };
    await expect(flood()).rejects.toBeInstanceOf(LimitExceededException);
    client.socket.resume();
  });

  it('is for the services alone', async () => {
    const asGuest = connectionsClient(baseUrl(), guest.credentials);
    expect(await failureOf(post(asGuest, 'x'))).toEqual({ name: 'AccessDeniedException', status: 403 });
    const wrong = connectionsClient(baseUrl(), { accessKeyId: 'local', secretAccessKey: 'wrong' });
    expect(await failureOf(post(wrong, 'x'))).toEqual({ name: 'InvalidSignatureException', status: 403 });
    const unsigned = await fetch(`${baseUrl()}/Prod/@connections/${ConnectionId}`, { method: 'POST', body: 'x' });
    expect([unsigned.status, await unsigned.json()]).toEqual([403, { message: 'Missing Authentication Token' }]);
  });
});
