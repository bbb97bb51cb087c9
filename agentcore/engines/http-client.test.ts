import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeServer, listen } from '../../service-kit/service.ts';
import { HttpClient } from './http-client.ts';
import { NameLookup } from './name-lookup.ts';

let server: Server;
let url: string;
let sockets: Set<Socket>;
let bodies: string[];

beforeEach(async () => {
  [sockets, bodies] = [new Set(), []];
  server = createServer((req, res) => {
    sockets.add(req.socket);
    void (async () => {
      let body = '';
      for await (const chunk of req) body += String(chunk);
      bodies.push(body);
      if (req.url === '/slow') {
        res.write('begun');
        return;
      }
      if (req.url === '/silent') return;
      res
        .writeHead(req.url === '/none' ? 204 : 200, { 'set-cookie': ['a=1', 'b=2'] })
        .end(req.url === '/none' ? '' : 'ok');
    })().catch(() => undefined);
  });
  url = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
});
afterEach(async () => await closeServer(server, 0));

/** undici knows a connection to be free shortly after its answer has been read. */
const moment = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 20));
/** As undici says that a connection took too long to open. */
const NOT_OPENED = { cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } };
const post = { method: 'POST', body: 'a question', headers: { 'content-type': 'text/plain' } };

describe('HttpClient', () => {
  it('sends and reads as fetch does, over one connection', async () => {
    const { fetch } = new HttpClient();
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`${url}/a`, post);
      expect(response.status).toBe(200);
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
      expect(await response.text()).toBe('ok');
      await moment();
    }
    expect((await fetch(`${url}/none`)).status).toBe(204);
    expect(bodies).toEqual(['a question', 'a question', 'a question', '']);
    expect(sockets.size).toBe(1);
  });

  it('sends once more what met a connection that the server had closed', async () => {
    const { fetch } = new HttpClient();
    await (await fetch(`${url}/a`, post)).text();
    await moment();
    // What an answer on a kept connection meets when its server has restarted.
    server.prependOnceListener('request', (req: { socket: Socket }) => req.socket.resetAndDestroy());
    const response = await fetch(`${url}/a`, post);
    expect(await response.text()).toBe('ok');
    expect(sockets.size).toBe(2);
  });

  it('does not send again what met a new connection', async () => {
    const { fetch } = new HttpClient();
    server.prependOnceListener('request', (req: { socket: Socket }) => req.socket.resetAndDestroy());
    await expect(fetch(`${url}/a`, post)).rejects.toThrow('fetch failed');
    expect(sockets.size).toBeLessThanOrEqual(1);
  });

  it('closes the connection of a request that is aborted, before and after its answer has begun', async () => {
    const { fetch } = new HttpClient();
    const before = new AbortController();
    const silent = fetch(`${url}/silent`, { signal: before.signal });
    const arrived = once(server, 'request');
    await arrived;
    before.abort();
    await expect(silent).rejects.toMatchObject({ name: 'AbortError' });

    const after = new AbortController();
    const response = await fetch(`${url}/slow`, { signal: after.signal });
    const reading = response.text();
    after.abort();
    await expect(reading).rejects.toThrow();
    for (const socket of sockets) if (!socket.destroyed) await once(socket, 'close');
    const late = AbortSignal.abort();
    await expect(fetch(`${url}/a`, { signal: late })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('closes the connection of an answer that nobody reads on', async () => {
    const { fetch } = new HttpClient();
    const response = await fetch(`${url}/slow`);
    await response.body?.cancel();
    for (const socket of sockets) if (!socket.destroyed) await once(socket, 'close');
    expect(sockets.size).toBe(1);
  });

  it('opens a new connection after the idle ones were dropped', async () => {
    const client = new HttpClient();
    await (await client.fetch(`${url}/a`)).text();
    client.dropIdle();
    await (await client.fetch(`${url}/a`)).text();
    expect(sockets.size).toBe(2);
  });

  it('gives up a connection that does not open', async () => {
    // A name that is never found opens none, as packets that vanish do.
    const names = new NameLookup(
      async () => await new Promise(() => undefined),
      async () => await new Promise(() => undefined),
    );
    const { fetch } = new HttpClient({ connectTimeoutMs: 50, names });
    await expect(fetch('http://vllm:8000/v1/models')).rejects.toMatchObject(NOT_OPENED);
  });

  it('gives up a TLS handshake that nothing answers', async () => {
    const silent = createTcpServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const { fetch } = new HttpClient({ connectTimeoutMs: 50 });
    await expect(fetch(`https://127.0.0.1:${port}/v1/models`)).rejects.toMatchObject(NOT_OPENED);
    silent.close();
  });
});
