import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtPage } from './built-page.ts';

const ROOT = join(import.meta.dirname, '..');
const MINUTE = 60_000;

let folder: string;
let root: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synapscribe-page-'));
  root = join(folder, 'project');
  for (const part of [
    'web',
    'client',
    'protocol',
    'audio',
    'samples',
    'scripts',
    'package.json',
    'package-lock.json',
  ]) {
    await cp(join(ROOT, part), join(root, part), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the page', () => {
  it(
    'is built once from the same sources, and again when they change',
    async () => {
      let builds = 0;
      const build = () => builtPage({ root, folder: join(folder, 'page'), onBuild: () => builds++ });
      const first = await build();
      expect(await readdir(first)).toEqual(expect.arrayContaining(['index.html', 'assets', 'icon.svg']));
      expect(await readFile(join(first, 'index.html'), 'utf8')).not.toMatch(/<script>|style=|data:/);
      expect([await build(), builds]).toEqual([first, 1]);
      // A test is no part of it.
      await appendFile(join(root, 'web/src/ui/route.test.ts'), '\n');
      expect([await build(), builds]).toEqual([first, 1]);
      await appendFile(join(root, 'web/src/styles/base.css'), '\nbody { margin: 1px; }\n');
      expect(await build()).not.toBe(first);
      expect(builds).toBe(2);
      expect((await readdir(join(folder, 'page'))).filter((name) => name.startsWith('making-'))).toEqual([]);
    },
    2 * MINUTE,
  );

  it(
    'that does not build says why, and leaves nothing half made',
    async () => {
      await appendFile(join(root, 'web/src/main.tsx'), '\nimport "./nothing-there.ts";\n');
      await expect(builtPage({ root, folder: join(folder, 'page') })).rejects.toThrow('nothing-there');
      expect((await readdir(join(folder, 'page'))).filter((name) => name.startsWith('making-'))).toEqual([]);
    },
    MINUTE,
  );
});
