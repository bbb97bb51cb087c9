/** A TCP proxy that lets through so many bytes of what a server says, then nothing: a peer that hangs. */
import { connect, createServer, type Socket } from 'node:net';

export interface StallingProxy {
  readonly url: string;
  /** From now on only so many bytes of each connection's replies come through; undefined lets all through. */
  limitBytes: number | undefined;
  stop: () => Promise<void>;
}

export async function startStallingProxy(targetUrl: string): Promise<StallingProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const proxy: { limitBytes: number | undefined } = { limitBytes: undefined };
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
    }
    client.pipe(upstream);
    let passed = 0;
    upstream.on('data', (data: Buffer) => {
      const allowed = proxy.limitBytes === undefined ? data.length : Math.max(0, proxy.limitBytes - passed);
      passed += data.length;
      if (allowed > 0) client.write(data.subarray(0, allowed));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
