import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { closeServer, listen } from '../../service-kit/service.ts';
import { HttpClient } from './http-client.ts';
import { NameLookup } from './name-lookup.ts';

const LOCAL = [{ address: '127.0.0.1', family: 4 }];
const never = async (): Promise<never> => await new Promise<never>(() => undefined);
const refuse = async (): Promise<never> => await Promise.reject(new Error('NXDOMAIN'));

describe('NameLookup', () => {
  it('asks the system once for all who wait, and keeps nothing', async () => {
    let asked = 0;
    let answer: () => void = () => undefined;
    const names = new NameLookup(async () => {
      asked++;
      await new Promise<void>((resolve) => (answer = resolve));
      return LOCAL;
    }, refuse);
    const waits = Promise.all([names.resolve('vllm'), names.resolve('vllm')]);
    answer();
    expect(await waits).toEqual([LOCAL, LOCAL]);
    const again = names.resolve('vllm');
    answer();
    expect(await again).toEqual(LOCAL);
    expect(asked).toBe(2);
  });

  it('finds a name that is back although an older lookup hangs, and starts no second one', async () => {
    let asked = 0;
    let back = false;
    const names = new NameLookup(
      async () => {
        asked++;
        return await never();
      },
      async () => (back ? await Promise.resolve(LOCAL) : await refuse()),
      5,
    );
    const first = names.resolve('vllm');
    first.catch(() => undefined);
    back = true;
    expect(await names.resolve('vllm')).toEqual(LOCAL);
    expect(asked).toBe(1);
  });

  it('waits for a slow system that knows more than DNS', async () => {
    const names = new NameLookup(
      async () => await new Promise((resolve) => setTimeout(() => resolve(LOCAL), 30)),
      refuse,
      5,
    );
    expect(await names.resolve('printer.local')).toEqual(LOCAL);
  });

  it("tells the system's error", async () => {
    const names = new NameLookup(async () => await Promise.reject(new Error('EAI_AGAIN')), refuse, 5);
    await expect(names.resolve('vllm')).rejects.toThrow('EAI_AGAIN');
  });

  it('finds the server that a connection is for', async () => {
    const server = createServer((_, res) => res.end('ok'));
    const port = await listen(server, 0, '127.0.0.1');
    const { fetch } = new HttpClient({ names: new NameLookup(async () => await Promise.resolve(LOCAL)) });
    expect(await (await fetch(`http://vllm:${port}/`)).text()).toBe('ok');
    await closeServer(server, 0);
  });
});
