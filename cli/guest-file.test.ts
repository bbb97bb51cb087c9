import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GuestFile } from './guest-file.ts';

const newIdentity = (): string => `us-east-1:${randomUUID()}`;
const URL_A = 'ws://127.0.0.1:8080/Prod';

let folder: string;
let path: string;
let guests: GuestFile;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guests-'));
  path = join(folder, 'data', 'guests.json');
  guests = new GuestFile(path);
});
afterEach(() => rm(folder, { recursive: true }));

describe('the file of guests', () => {
  it('keeps one identity for each server, for its owner alone', async () => {
    const [first, second, other] = [newIdentity(), newIdentity(), newIdentity()];
    await guests.keep(URL_A, first);
    await guests.keep('wss://example.org/Prod', other);
    await guests.keep(URL_A, second);
    expect(await guests.find(`${URL_A}/`)).toBe(second);
    expect(await guests.find('wss://example.org/Prod?x=1')).toBe(other);
    expect(await guests.find('ws://127.0.0.1:8081/Prod')).toBeUndefined();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'data'))).toEqual(['guests.json']);
  });

  it('takes rights away that it should not have', async () => {
    await guests.keep(URL_A, newIdentity());
    await chmod(path, 0o644);
    await guests.keep(URL_A, newIdentity());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another shape', '{"version":1,"guests":{}}'],
    ['an identity that is none', `{"version":1,"guests":[{"server":"${URL_A}","identityId":"../x"}]}`],
    ['far too much', JSON.stringify({ version: 1, guests: [], x: 'x'.repeat(100_000) })],
  ])('holds nobody where there is %s in it, and is written anew', async (_what, text) => {
    await guests.keep(URL_A, newIdentity());
    await writeFile(path, text);
    expect(await guests.find(URL_A)).toBeUndefined();
    const identityId = newIdentity();
    await guests.keep(URL_A, identityId);
    expect(await guests.find(URL_A)).toBe(identityId);
  });

  it('makes one guest of commands that begin at once', async () => {
    const made: string[] = [];
    const renewed = await Promise.all(
      Array.from({ length: 8 }, () =>
        new GuestFile(path).renew(URL_A, undefined, () => {
          made.push(newIdentity());
          return Promise.resolve(made.at(-1) ?? '');
        }),
      ),
    );
    expect(made).toHaveLength(1);
    expect(renewed).toEqual(renewed.map(() => ({ identityId: made[0], kept: true })));
    expect(await readdir(join(folder, 'data'))).toEqual(['guests.json']);
  });

  it('does not wait for a command that was killed', async () => {
    await guests.keep(URL_A, newIdentity());
    await writeFile(`${path}.lock`, '');
    await utimes(`${path}.lock`, 0, 0);
    const [stale, identityId] = [await guests.find(URL_A), newIdentity()];
    expect(await guests.renew(URL_A, stale, () => Promise.resolve(identityId))).toEqual({ identityId, kept: true });
    expect(await guests.find(URL_A)).toBe(identityId);
  });

  it('tells where nothing can be kept', async () => {
    await writeFile(join(folder, 'data'), 'a file');
    const identityId = newIdentity();
    expect(await guests.renew(URL_A, undefined, () => Promise.resolve(identityId))).toEqual({
      identityId,
      kept: false,
    });
  });

  it('keeps the newest servers', async () => {
    for (let i = 0; i < 55; i++) await guests.keep(`ws://127.0.0.1:${9000 + i}/Prod`, newIdentity());
    expect(await guests.find('ws://127.0.0.1:9004/Prod')).toBeUndefined();
    expect(await guests.find('ws://127.0.0.1:9005/Prod')).toBeDefined();
    expect((await readFile(path)).length).toBeLessThan(64 * 1024);
  });
});
