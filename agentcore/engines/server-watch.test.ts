import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeServer, listen } from '../../service-kit/service.ts';
import { startStallingProxy, type StallingProxy } from '../../test/support/stalling-proxy.ts';
import { HttpClient } from './http-client.ts';
import { ServerGoneError, ServerWatch } from './server-watch.ts';

const TIMES = { graceMs: 60, probeMs: 400, returnMs: 400 };

/** Answers by its status, behind a proxy that can swallow every answer. */
let server: Server;
let proxy: StallingProxy;
let status: number;
/** Of this test alone: a probe of the one before may end late. */
let counts: { probes: number; silences: number };
let watch: ServerWatch;

beforeEach(async () => {
  status = 200;
  const own = { probes: 0, silences: 0 };
  counts = own;
  server = createServer((_, res) => {
    own.probes++;
    res.writeHead(status).end();
  });
  const port = await listen(server, 0, '127.0.0.1');
  proxy = await startStallingProxy(`http://127.0.0.1:${port}`);
  const http = new HttpClient();
  watch = new ServerWatch(
    {
      probe: async (signal) => await http.probe(`${proxy.url}/v1/models`, signal),
      onSilence: () => own.silences++,
    },
    TIMES,
  );
});
afterEach(async () => {
  await proxy.stop();
  await closeServer(server, 0);
});

const never = new Promise<never>(() => undefined);
async function untilProbed(count: number): Promise<void> {
  while (counts.probes < count) await sleep(5);
}

describe('waiting for a server', () => {
  it('costs no probe where the answer comes soon', async () => {
    for (let i = 0; i < 20; i++) await watch.wait(Promise.resolve(i));
    await sleep(TIMES.graceMs * 3);
    expect(counts.probes).toBe(0);
  });

  it.each([200, 401, 404, 503])('goes on while the server answers, if only with %i', async (answer) => {
    status = answer;
    let tell: (text: string) => void = () => undefined;
    const waited = watch.wait(new Promise<string>((resolve) => (tell = resolve)));
    await untilProbed(4);
    tell('a late answer');
    await expect(waited).resolves.toBe('a late answer');
    expect(watch.gone).toBe(false);
  });

  it('ends after two probes that nothing answers, for all who wait, by one prober', async () => {
    proxy.limitBytes = 0;
    const waits = Array.from({ length: 25 }, async () => await watch.wait(never));
    for (const result of await Promise.allSettled(waits)) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(ServerGoneError) });
    }
    expect(watch.gone).toBe(true);
    expect(counts.silences).toBe(2);
    expect(counts.probes).toBe(2);
  });

  it('ends where connections are refused', async () => {
    await proxy.stop();
    await expect(watch.wait(never)).rejects.toThrow(ServerGoneError);
  });

  it('ends where connections open and nothing is said, as with a container that is paused', async () => {
    const sockets: Socket[] = [];
    const paused = createTcpServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(paused, 'listening');
    const { port } = paused.address() as AddressInfo;
    const http = new HttpClient();
    const ask = async (signal: AbortSignal) => await http.probe(`http://127.0.0.1:${port}/v1/models`, signal);
    await expect(new ServerWatch({ probe: ask }, TIMES).wait(never)).rejects.toThrow(ServerGoneError);
    expect(sockets).toHaveLength(2);
    for (const socket of sockets) if (!socket.destroyed) socket.destroy();
    paused.close();
  });

  it('does not end for one probe that failed', async () => {
    proxy.limitBytes = 0;
    const waited = watch.wait(never);
    const ended = waited.then(
      () => true,
      () => true,
    );
    while (counts.silences === 0) await sleep(1);
    proxy.limitBytes = undefined;
    const before = counts.probes;
    await untilProbed(before + 2);
    expect(await Promise.race([ended, Promise.resolve(false)])).toBe(false);
    expect(watch.gone).toBe(false);
  });

  it('takes a token for a sign of life', async () => {
    proxy.limitBytes = 0;
    for (let i = 0; i < 10; i++) await watch.wait(sleep(150));
    expect(watch.gone).toBe(false);
  });

  it('stops probing when nobody waits any more', async () => {
    await watch.wait(untilProbed(2));
    await sleep(TIMES.probeMs);
    const after = counts.probes;
    await sleep(TIMES.probeMs * 3);
    expect(counts.probes).toBe(after);
  });
});

describe('a server that was found gone', () => {
  beforeEach(async () => {
    proxy.limitBytes = 0;
    await watch.wait(never).catch(() => undefined);
    counts.probes = 0;
  });

  it('is not waited for again by what comes next', async () => {
    const entries = Array.from({ length: 10 }, async () => await watch.enter());
    for (const { status: outcome } of await Promise.allSettled(entries)) expect(outcome).toBe('rejected');
    expect(counts.probes).toBe(1);
  });

  it('lets the next one in at once when it is back', async () => {
    proxy.limitBytes = undefined;
    await watch.enter();
    expect(watch.gone).toBe(false);
    await expect(watch.wait(Promise.resolve('answer'))).resolves.toBe('answer');
  });
});
