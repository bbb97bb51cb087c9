import { createConnection } from 'node:net';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startChildService, type ChildService } from '../../cli/child-service.ts';
import { createDataDir, presignWebSocketUrl, SERVICE_KEY } from './test-support/local-aws.ts';
import { connect } from './test-support/web-socket.ts';

let dataDir: string;
let child: ChildService | undefined;

beforeEach(async () => {
  dataDir = await createDataDir();
});

afterEach(async () => {
  await child?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('SIGTERM while clients are connected', () => {
  it('closes them with 1001 and ends well within ten seconds, also where one does not answer', async () => {
    child = await startChildService({
      name: 'local-aws',
      args: ['--import', 'tsx', 'containers/local-aws/test-support/main.ts'],
      env: { ...process.env, PORT: '0', AWS_PORT: '0', DATA_DIR: dataDir },
    });
    const pageUrl = `http://127.0.0.1:${child.port}`;
    const clients = [];
    for (let i = 0; i < 3; i++) clients.push(await connect(await presignWebSocketUrl(pageUrl, SERVICE_KEY)));
    const silent = await connectSilently(await presignWebSocketUrl(pageUrl, SERVICE_KEY));

    // 10 s is what `docker stop` allows; startChildService's own limit would kill later.
    const { code } = await child.stop(10_000);
    expect(code).toBe(0);
    for (const { closed } of clients) expect(await closed).toEqual({ code: 1001, reason: 'Going away' });
    silent.destroy();
  });
});

/** A client that makes its handshake and then neither reads nor writes. */
async function connectSilently(url: string) {
  const { hostname, port, pathname, search, host } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    [
      `GET ${pathname}${search} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: c3luYXBzY3JpYmUtdGVzdA==',
    ].join('\r\n') + '\r\n\r\n',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 101 /);
  socket.pause();
  return socket;
}
