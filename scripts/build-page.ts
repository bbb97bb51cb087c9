/** Builds the page with Vite: `npm run build:page [-- outdir]`, into web/dist unless told. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TIME_LIMIT_MS = 120_000;

/**
 * Builds it in a process of its own, which gives its memory back, and under a fixed NODE_ENV: the same sources give the
 * same files on any machine.
 * @param outdir is emptied first
 * @param root the project's folder
 * @throws Error with what Vite said
 */
export async function buildPage(outdir: string, root: string = ROOT): Promise<void> {
  await promisify(execFile)(process.execPath, ['--import', 'tsx', join(root, 'scripts/build-page.ts'), outdir], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
    timeout: TIME_LIMIT_MS,
  });
}

async function main(outdir = join(ROOT, 'web/dist')): Promise<void> {
  const [{ build }, { default: config }] = await Promise.all([import('vite'), import('../web/vite.config.ts')]);
  const { build: settings, ...page } = config;
  await build({
    ...page,
    configFile: false,
    logLevel: 'warn',
    build: { ...settings, outDir: outdir, emptyOutDir: true },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
