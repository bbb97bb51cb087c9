import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
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
    'tsconfig.json',
    'package.json',
    'package-lock.json',
  ]) {
    await cp(join(ROOT, part), join(root, part), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a first visit loads of JavaScript, gzipped. */
async function firstScriptBytes(page: string): Promise<number> {
  const html = await readFile(join(page, 'index.html'), 'utf8');
  const scripts = [...html.matchAll(/(?:src|modulepreload" crossorigin href)="(\.\/assets\/[^"]+\.js)"/g)];
  expect(scripts.length).toBeGreaterThan(0);
  const sizes = scripts.map(async ([, file = '']) => gzipSync(await readFile(join(page, file))).length);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describe('the page', () => {
  it(
    'is built once from the same sources, and again when they change',
    async () => {
      let builds = 0;
      const build = () => builtPage({ root, folder: join(folder, 'page'), onBuild: () => builds++ });
      const first = await build();
      expect(await readdir(first)).toEqual(expect.arrayContaining(['index.html', 'assets', 'icon.svg']));
      expect(await readFile(join(first, 'index.html'), 'utf8')).not.toMatch(/<script>|style=|data:/);
      expect(await firstScriptBytes(first)).toBeLessThan(120 * 1024);
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
