import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { collectGarbage } from './test-support/collect-garbage.ts';
import { withDeadline } from './deadline.ts';
import { closeServer, listen } from './service.ts';

const FAR_MS = 60_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('withDeadline', () => {
  it('gives what the work gives', async () => {
    await expect(withDeadline(FAR_MS, undefined, () => Promise.resolve('done'))).resolves.toBe('done');
  });

  it('aborts the work once the time is over, and says so', async () => {
    const work = withDeadline(50, new AbortController().signal, async (signal) => {
      await sleep(FAR_MS, undefined, { signal });
    });
    await expect(work).rejects.toMatchObject({ name: 'AbortError', cause: { name: 'TimeoutError' } });
  });

  it('aborts the work with its own signal, and with its reason', async () => {
    const leaving = new AbortController();
    const work = withDeadline(FAR_MS, leaving.signal, async (signal) => {
      await once(signal, 'abort');
      signal.throwIfAborted();
    });
    leaving.abort(new Error('left'));
    await expect(work).rejects.toThrow('left');
  });

  it('does not lose the deadline where garbage is collected meanwhile', async () => {
    const server = createServer(() => undefined);
    const port = await listen(server, 0, '127.0.0.1');
    cleanups.push(() => closeServer(server, 0));
    const collecting = setInterval(collectGarbage, 20);
    cleanups.push(() => clearInterval(collecting));
    const asked = withDeadline(400, new AbortController().signal, (signal) =>
      fetch(`http://127.0.0.1:${port}`, { signal }),
    );
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
