import { afterEach, describe, expect, it } from '@jest/globals';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { createDeferred, Mailbox } from '../test-support/deferred.ts';
import {
  createGuest,
  dynamoClient,
  IDENTITY_POOL_ID,
  presignWebSocketUrl,
  SERVICE_KEY,
  startTestAws,
  TABLE,
  type Guest,
  type TestAws,
} from '../test-support/local-aws.ts';
import { connect, refusedHandshake } from '../test-support/web-socket.ts';
import type { WebSocketEvent } from './event.ts';

let aws: TestAws | undefined;

afterEach(async () => {
  await aws?.stop();
  aws = undefined;
});

type Handler = (event: WebSocketEvent) => unknown;

/** A running gateway: `events` gets every event, and `handle` answers those of the given routes. */
async function start(handlers: Record<string, Handler> = {}, settings: Record<string, number> = {}) {
  const events = new Mailbox<WebSocketEvent>();
  const running = await startTestAws({
    settings,
    handlers: {
      webSocket: async (raw) => {
        const event = raw as WebSocketEvent;
        events.put(event);
        return (await handlers[event.requestContext.routeKey]?.(event)) ?? { statusCode: 200 };
      },
    },
  });
  aws = running;
  const guest = await createGuest(running);
  const open = async (as: Guest = guest) => await connect(await presignWebSocketUrl(running.pageUrl, as.credentials));
  /** The next event of a route. */
  const next = async (routeKey: string): Promise<WebSocketEvent> => {
    for (;;) {
      const event = await events.take();
      if (event.requestContext.routeKey === routeKey) return event;
    }
  };
  return { running, guest, open, next };
}

const echo: Handler = (event) => ({ statusCode: 200, body: JSON.stringify({ echo: event.body }) });

describe('the handshake', () => {
  it('runs $connect before the connection is made, with what real handlers read', async () => {
    const gate = createDeferred();
    const { running, guest, next } = await start({ $connect: () => gate.promise.then(() => ({ statusCode: 200 })) });
    const url = await presignWebSocketUrl(running.pageUrl, guest.credentials);
    let isOpen = false;
    const opening = connect(url, { 'user-agent': 'tests/1' }).then((opened) => {
      isOpen = true;
      return opened;
    });
    const event = await next('$connect');
    expect(isOpen).toBe(false);
    expect(event.requestContext).toMatchObject({
      routeKey: '$connect',
      eventType: 'CONNECT',
      messageDirection: 'IN',
      stage: 'Prod',
      apiId: 'local',
      domainName: `127.0.0.1:${running.port}`,
      connectionId: expect.stringMatching(/^[\w-]{15}=$/),
      requestId: expect.any(String),
      extendedRequestId: expect.any(String),
      requestTime: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      requestTimeEpoch: expect.any(Number),
      connectedAt: expect.any(Number),
      identity: {
        sourceIp: '127.0.0.1',
        userAgent: 'tests/1',
        cognitoIdentityId: guest.identityId,
        cognitoIdentityPoolId: IDENTITY_POOL_ID,
      },
    });
    expect(event.headers).toMatchObject({ host: `127.0.0.1:${running.port}`, 'user-agent': 'tests/1' });
    expect(event.multiValueHeaders).toMatchObject({ 'user-agent': ['tests/1'] });
    expect(event.queryStringParameters).toMatchObject({ 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' });
    expect(event.isBase64Encoded).toBe(false);
    gate.resolve();
    await opening;
    expect(isOpen).toBe(true);
  });

  it.each([
    ['401', () => ({ statusCode: 401 }), 401],
    ['403', () => ({ statusCode: 403 }), 403],
    ['an error', () => Promise.reject(new Error('down')), 502],
    ['no status', () => ({ body: 'x' }), 502],
  ])('is refused where $connect answers %s', async (_what, handler, status) => {
    const { running, guest } = await start({ $connect: handler });
    const url = await presignWebSocketUrl(running.pageUrl, guest.credentials);
    expect(await refusedHandshake(url)).toMatchObject({ status });
  });

  it('is refused where $connect does not answer in time', async () => {
    const gate = createDeferred();
    const { running, guest } = await start({ $connect: () => gate.promise }, { INTEGRATION_TIMEOUT_MS: 20 });
    const url = await presignWebSocketUrl(running.pageUrl, guest.credentials);
    expect(await refusedHandshake(url)).toMatchObject({ status: 504 });
    gate.resolve();
  });

  it('needs a signature that holds', async () => {
    const { running, guest } = await start();
    const { pageUrl } = running;
    const socketUrl = pageUrl.replace('http', 'ws');
    const signed = await presignWebSocketUrl(pageUrl, guest.credentials);
    const late = { signingDate: new Date(Date.now() - 120_000) };
    const cases = [
      [`${socketUrl}/Prod`, 'MissingAuthenticationTokenException'],
      [signed.replace(/Signature=./, 'Signature=_'), 'InvalidSignatureException'],
      [`${signed}&more=1`, 'InvalidSignatureException'],
      [await presignWebSocketUrl(pageUrl, guest.credentials, late), 'InvalidSignatureException'],
      [await presignWebSocketUrl(pageUrl, { accessKeyId: 'a', secretAccessKey: 'b' }), 'UnrecognizedClientException'],
      [await presignWebSocketUrl(pageUrl, guest.credentials, { path: '/Test' }), 'ForbiddenException'],
      [await presignWebSocketUrl(pageUrl, guest.credentials, { path: '/' }), 'ForbiddenException'],
    ] as const;
    for (const [url, type] of cases) expect(await refusedHandshake(url)).toMatchObject({ status: 403, type });
  });

  it('takes the stage with a slash at its end, and the name from inside a container', async () => {
    const { running, guest } = await start();
    const { pageUrl } = running;
    const slash = await connect(await presignWebSocketUrl(pageUrl, guest.credentials, { path: '/Prod/' }));
    const inside = await connect(await presignWebSocketUrl(pageUrl, guest.credentials, { host: 'local-aws:8080' }));
    expect([slash.socket.readyState, inside.socket.readyState]).toEqual([1, 1]);
  });

  it('of a service has no guest’s identity', async () => {
    const { running, next } = await start();
    await connect(await presignWebSocketUrl(running.pageUrl, SERVICE_KEY));
    expect((await next('$connect')).requestContext.identity['cognitoIdentityId']).toBeNull();
  });

  it('without an upgrade is told that it needs one', async () => {
    const { running } = await start();
    expect((await fetch(`${running.pageUrl}/Prod`)).status).toBe(426);
  });
});

describe('a message', () => {
  it.each([
    [{ action: 'query', text: 'x' }, 'query'],
    [{ action: 'upload' }, 'upload'],
    [{ action: 'cancel' }, 'cancel'],
    [{ action: 'ping' }, '$default'],
    [{ action: '$connect' }, '$default'],
    [{ action: 7 }, '$default'],
    [{}, '$default'],
    ['not JSON', '$default'],
    ['null', '$default'],
    ['', '$default'],
  ])('%j goes to the route %s, and its answer comes back', async (message, route) => {
    const { open, next } = await start({ [route]: echo });
    const client = await open();
    client.send(message);
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    expect(JSON.parse(await client.next())).toEqual({ echo: body });
    const event = await next(route);
    expect(event).toMatchObject({ body, isBase64Encoded: false });
    expect(event.requestContext).toMatchObject({
      eventType: 'MESSAGE',
      messageId: expect.any(String),
      identity: { sourceIp: '127.0.0.1' },
    });
    expect(event.requestContext.identity).not.toHaveProperty('cognitoIdentityId');
  });

  it('carries the connection’s id from its handshake to its end', async () => {
    const { open, next } = await start();
    const client = await open();
    const connected = await next('$connect');
    client.send({ action: 'query' });
    const asked = await next('query');
    client.socket.close(1000, 'done');
    const gone = await next('$disconnect');
    const ids = [connected, asked, gone].map(({ requestContext }) => requestContext.connectionId);
    expect(new Set(ids).size).toBe(1);
    expect(gone.requestContext).toMatchObject({
      eventType: 'DISCONNECT',
      disconnectStatusCode: 1000,
      disconnectReason: 'done',
    });
  });

  it('whose Lambda throws is told so, with the ids', async () => {
    const { open } = await start({ query: () => Promise.reject(new Error('secret')) });
    const client = await open();
    client.send({ action: 'query' });
    expect(JSON.parse(await client.next())).toEqual({
      message: 'Internal server error',
      connectionId: expect.any(String),
      requestId: expect.any(String),
    });
  });

  it('whose Lambda takes too long is told so, and the Lambda goes on', async () => {
    const gate = createDeferred();
    const finished = createDeferred();
    const slow: Handler = async () => {
      await gate.promise;
      finished.resolve();
      return { statusCode: 200, body: 'too late' };
    };
    const { open } = await start({ query: slow, $default: echo }, { INTEGRATION_TIMEOUT_MS: 50 });
    const client = await open();
    client.send({ action: 'query' });
    expect(JSON.parse(await client.next())).toMatchObject({ message: 'Endpoint request timed out' });
    gate.resolve();
    await finished.promise;
    client.send('after');
    expect(JSON.parse(await client.next())).toEqual({ echo: 'after' });
  });

  it('does not wait for the one before it', async () => {
    const gate = createDeferred<{ body: string }>();
    const { open } = await start({ query: () => gate.promise, $default: echo });
    const client = await open();
    client.send({ action: 'query' });
    client.send('second');
    expect(JSON.parse(await client.next())).toEqual({ echo: 'second' });
    gate.resolve({ body: 'first' });
    expect(await client.next()).toBe('first');
  });

  it('without an answer brings none', async () => {
    const { open } = await start({ query: () => ({ statusCode: 200 }), $default: echo });
    const client = await open();
    client.send({ action: 'query' });
    client.send('second');
    expect(JSON.parse(await client.next())).toEqual({ echo: 'second' });
  });

  it('beyond a hundred in work is refused', async () => {
    const gate = createDeferred<{ body: string }>();
    const { open } = await start({ query: () => gate.promise });
    const client = await open();
    for (let i = 0; i <= 100; i++) client.send({ action: 'query' });
    expect(JSON.parse(await client.next())).toMatchObject({ message: 'Too Many Requests' });
    gate.resolve({ body: 'x' });
  });
});

describe('a connection', () => {
  it('is closed with 1003 after a binary frame', async () => {
    const { open, next } = await start();
    const client = await open();
    client.send(Buffer.from('{}'));
    expect(await client.closed).toMatchObject({ code: 1003 });
    expect((await next('$disconnect')).requestContext.disconnectStatusCode).toBe(1003);
  });

  it('takes a frame of 32 KB, and is closed with 1009 by a larger one', async () => {
    const { open } = await start({ $default: (event) => ({ body: String(event.body?.length) }) });
    const client = await open();
    client.send('x'.repeat(32 * 1024));
    expect(await client.next()).toBe('32768');
    client.send('x'.repeat(32 * 1024 + 1));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  it('takes a message of 128 KB in small frames, and is closed with 1009 by a larger one', async () => {
    const { open } = await start({ $default: (event) => ({ body: String(event.body?.length) }) });
    const client = await open();
    const frame = 'x'.repeat(32 * 1024);
    for (let i = 0; i < 4; i++) client.socket.send(frame, { fin: i === 3 });
    expect(await client.next()).toBe('131072');
    for (let i = 0; i < 5; i++) client.socket.send(frame, { fin: i === 4 });
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  it('is closed when it is idle', async () => {
    const { open, next } = await start({}, { IDLE_TIMEOUT_MS: 50 });
    const client = await open();
    expect(await client.closed).toMatchObject({ code: 1001 });
    await next('$disconnect');
  });

  it('is closed at the end of its life, however busy', async () => {
    const { open } = await start({ $default: echo }, { MAX_CONNECTION_MS: 100 });
    const client = await open();
    const end = client.closed.then(() => undefined);
    let answer: string | undefined = '';
    while (answer !== undefined) {
      client.send('still here');
      answer = await Promise.race([client.next(), end]);
    }
    expect(await client.closed).toMatchObject({ code: 1001 });
  });

  it('is closed with 1001 at the shutdown, and $disconnect can still write', async () => {
    const written = createDeferred<unknown>();
    const { running, open } = await start({
      $disconnect: async () => {
        const found = await dynamoClient(running).send(
          new GetCommand({ TableName: TABLE, Key: { sessionId: 'a', lectureId: 'b' } }),
        );
        written.resolve(found.$metadata.httpStatusCode);
        return { statusCode: 200 };
      },
    });
    const client = await open();
    await running.stop();
    aws = undefined;
    expect(await client.closed).toMatchObject({ code: 1001 });
    expect(await written.promise).toBe(200);
  });

  it('that breaks during $connect is cleaned up', async () => {
    const gate = createDeferred();
    const { running, guest, next } = await start({ $connect: () => gate.promise.then(() => ({ statusCode: 200 })) });
    const url = await presignWebSocketUrl(running.pageUrl, guest.credentials);
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(url);
    socket.on('error', () => undefined);
    const { connectionId } = (await next('$connect')).requestContext;
    socket.terminate();
    gate.resolve();
    expect((await next('$disconnect')).requestContext.connectionId).toBe(connectionId);
  });
});
