import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../service-kit/logger.ts';
import { DiskStore } from './disk-store.ts';

const log = createLogger('test', 'silent');
const key = (digit: string): string => digit.repeat(64);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'speech-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

const openStore = (maxBytes = 1000): Promise<DiskStore> => DiskStore.open({ folder, maxBytes, log });

async function read(store: DiskStore, name: string): Promise<string | undefined> {
  const audio = await store.find(name);
  if (audio === undefined) return undefined;
  let text = '';
  for await (const bytes of audio) text += bytes.toString();
  return text;
}

describe('DiskStore', () => {
  it('gives back what was kept, after a restart too', async () => {
    const store = await openStore();
    await store.keep(key('a'), Buffer.from('hello'));
    expect(await read(store, key('a'))).toBe('hello');
    expect(await read(await openStore(), key('a'))).toBe('hello');
    expect(await read(store, key('b'))).toBeUndefined();
  });

  it('stays within its bound, and forgets what was heard longest ago', async () => {
    const store = await openStore(10);
    await store.keep(key('a'), Buffer.from('aaaa'));
    await store.keep(key('b'), Buffer.from('bbbb'));
    await read(store, key('a'));
    await store.keep(key('c'), Buffer.from('cccc'));
    await store.settle();
    expect(store.bytes).toBe(8);
    expect((await readdir(folder)).map((name) => name[0]).sort()).toEqual(['a', 'c']);
    await store.keep(key('d'), Buffer.alloc(11));
    expect(store.count).toBe(2);
  });

  it('stays within a bound that is smaller than before', async () => {
    const before = await openStore(100);
    for (const name of ['a', 'b', 'c']) await before.keep(key(name), Buffer.alloc(20));
    const store = await openStore(45);
    expect(store.bytes).toBe(40);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('replaces an answer by one of another length', async () => {
    const store = await openStore();
    await store.keep(key('a'), Buffer.from('short'));
    await store.keep(key('a'), Buffer.from('longer'));
    await store.settle();
    expect(await read(store, key('a'))).toBe('longer');
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('knows at its start what a killed process or machine has left, and touches nothing else', async () => {
    await writeFile(join(folder, 'tmp-00000000-0000-0000-0000-000000000000'), 'half of an ans');
    await writeFile(join(folder, `${key('a')}.9`), 'cut');
    await writeFile(join(folder, `${key('b')}.5`), 'whole');
    await writeFile(join(folder, 'readme.txt'), "somebody's");
    const store = await openStore();
    expect((await readdir(folder)).sort()).toEqual([`${key('b')}.5`, 'readme.txt']);
    expect(await read(store, key('a'))).toBeUndefined();
    expect(await read(store, key('b'))).toBe('whole');
  });

  it('has not what somebody deleted or cut meanwhile', async () => {
    const store = await openStore();
    await store.keep(key('a'), Buffer.from('hello'));
    await store.keep(key('b'), Buffer.from('hello'));
    await rm(join(folder, `${key('a')}.5`));
    await truncate(join(folder, `${key('b')}.5`), 2);
    expect(await read(store, key('a'))).toBeUndefined();
    expect(await read(store, key('b'))).toBeUndefined();
    expect(store.count).toBe(0);
  });

  it('gives an answer to its end that is deleted amid it', async () => {
    const store = await openStore(200_000);
    await store.keep(key('a'), Buffer.alloc(150_000, 1));
    const audio = await store.find(key('a'));
    if (audio === undefined) throw new Error('It was not kept.');
    const first = await audio.next();
    let bytes = first.done === true ? 0 : first.value.length;
    await store.keep(key('b'), Buffer.alloc(190_000, 2));
    await store.settle();
    expect(store.count).toBe(1);
    for await (const rest of audio) bytes += rest.length;
    expect(bytes).toBe(150_000);
  });

  it('goes on without what it cannot write', async () => {
    const store = await openStore();
    await rm(folder, { recursive: true });
    await store.keep(key('a'), Buffer.from('hello'));
    expect(store.count).toBe(0);
    await mkdir(folder);
    await store.keep(key('a'), Buffer.from('hello'));
    expect(await read(store, key('a'))).toBe('hello');
  });

  it('says where its folder cannot be', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(DiskStore.open({ folder: join(file, 'below'), maxBytes: 10, log })).rejects.toThrow('ENOTDIR');
  });
});
