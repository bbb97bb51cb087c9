import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { closeServer, listen } from './service.ts';

const LONG_MS = 60_000;

describe('listen', () => {
  it('says in one sentence that a port is taken', async () => {
    const first = createServer();
    const port = await listen(first, 0, '127.0.0.1');
    await expect(listen(createServer(), port, '127.0.0.1')).rejects.toThrow(`Port ${port} is already in use.`);
    await closeServer(first, 0);
  });
});

describe('closeServer', () => {
  it('does not wait for a connection that was never used', async () => {
    const server = createServer();
    const port = await listen(server, 0, '127.0.0.1');
    const idle = connect(port, '127.0.0.1');
    await once(server, 'connection');
    await closeServer(server, LONG_MS);
    expect(server.listening).toBe(false);
    idle.destroy();
  });

  it('lets a request in work end first', async () => {
    let answer: () => void = () => undefined;
    const server = createServer((_req, res) => {
      answer = () => void res.end('whole');
    });
    const port = await listen(server, 0, '127.0.0.1');
    const asked = fetch(`http://127.0.0.1:${port}`).then(async (response) => await response.text());
    await once(server, 'request');
    const closed = closeServer(server, LONG_MS);
    answer();
    await expect(asked).resolves.toBe('whole');
    await closed;
  });

  it('cuts a request that takes longer than its grace', async () => {
    const server = createServer(() => undefined);
    const port = await listen(server, 0, '127.0.0.1');
    const asked = fetch(`http://127.0.0.1:${port}`);
    await once(server, 'request');
    await closeServer(server, 50);
    await expect(asked).rejects.toThrow('fetch failed');
  });
});
