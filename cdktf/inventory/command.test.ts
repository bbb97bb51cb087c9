/** `npm run inventory`, as a command of its own. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesizeForTest } from '../test-support/synthesized.ts';
import { readPlan } from './plan.ts';
import { stateOf } from './test-support/state-fixture.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIME_LIMIT_MS = 60_000;

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synapscribe-inventory-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Killed after the time limit, which is told as code -1. */
function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'cdktf/inventory/command.ts', ...args],
      {
        cwd: ROOT,
        env: { PATH: process.env['PATH'] ?? '', HOME: folder, CI: 'true', CHECKPOINT_DISABLE: '1', ...env },
        timeout: TIME_LIMIT_MS,
        killSignal: 'SIGKILL',
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

describe('npm run inventory', () => {
  it(
    'writes a page from a state, and the same one again',
    async () => {
      const [state, first, second] = ['a.tfstate', 'first.md', 'second.md'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      await writeFile(state, JSON.stringify(stateOf(readPlan(synthesizeForTest().json))));
      expect(await run(['--state', state, '--out', first])).toMatchObject({ code: 0, stderr: '' });
      expect(await run(['--state', state, '--out', second], { TZ: 'Pacific/Auckland' })).toMatchObject({ code: 0 });
      const page = await readFile(first, 'utf8');
      expect(page).toContain('From the stack and its Terraform state');
      expect(await readFile(second, 'utf8')).toBe(page);
    },
    3 * TIME_LIMIT_MS,
  );

  it(
    'says in one sentence what is wrong, and then writes nothing',
    async () => {
      const out = join(folder, 'none.md');
      const wrong = join(folder, 'wrong.json');
      await writeFile(wrong, '{"version":3}');
      const tries: [string[], Record<string, string>, number, RegExp][] = [
        [['--state', join(folder, 'nowhere')], {}, 2, /nowhere cannot be read \(ENOENT\)\.$/],
        [['--state', wrong], {}, 2, /wrong\.json is a Terraform state of version 3, and only version 4 is read\.$/],
        [['--states', wrong], {}, 2, /Unknown option '--states'.*npm run inventory/],
        [[], { SYNAPSCRIBE_HOSTS: 'many' }, 1, /^Wrong settings: SYNAPSCRIBE_HOSTS must be a number\.$/],
      ];
      const ended = await Promise.all(tries.map(([args, env]) => run([...args, '--out', out], env)));
      for (const [i, { code, stdout, stderr }] of ended.entries()) {
        expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
          code: tries[i]?.[2],
          stdout: '',
          lines: 1,
        });
        expect(stderr.trimEnd()).toMatch(tries[i]?.[3] ?? '');
      }
      await expect(access(out)).rejects.toThrow('ENOENT');
    },
    3 * TIME_LIMIT_MS,
  );

  it(
    'tells of a page that it cannot write',
    async () => {
      const out = join(folder, 'no', 'such', 'folder.md');
      expect(await run(['--out', out])).toEqual({
        code: 2,
        stdout: '',
        stderr: `${out} cannot be written (ENOENT).\n`,
      });
    },
    2 * TIME_LIMIT_MS,
  );
});
