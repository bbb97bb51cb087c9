/** The page as `npm start` serves it: built where it has not been built from these very sources before. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPage } from '../scripts/build-page.ts';

/** What the page is made of, relative to the project's folder. */
const SOURCES = [
  ...['web', 'client', 'protocol', 'audio', 'samples'],
  ...['scripts/build-page.ts', 'tsconfig.json', 'package-lock.json'],
];
/** Tests and what was built are no sources. */
const NO_SOURCE = /(?:^|\/)(?:dist|node_modules)(?:\/|$)|\.test\.\w+$/;
/** Of builds from other sources, so that going back and forth between two need not build. */
const KEPT_BUILDS = 3;

export interface BuiltPageOptions {
  /** The project's folder. */
  root: string;
  /** Where builds are kept, each under its sources' digest. */
  folder: string;
  /** It has to be built, which takes a few seconds. */
  onBuild?: (() => void) | undefined;
}

/** @returns the folder of the page @throws Error with what Vite said */
export async function builtPage({ root, folder, onBuild }: BuiltPageOptions): Promise<string> {
  const built = join(folder, await digestOf(root));
  if (existsSync(join(built, 'index.html'))) {
    await utimes(built, new Date(), new Date());
    return built;
  }
  onBuild?.();
  await mkdir(folder, { recursive: true });
  const made = await mkdtemp(join(folder, 'making-'));
  try {
    await buildPage(made, root);
    await rename(made, built);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    // Another start has been quicker.
    if (!existsSync(join(built, 'index.html'))) throw error;
  }
  await forgetOldest(folder);
  return built;
}

async function digestOf(root: string): Promise<string> {
  const digest = createHash('sha256');
  const files = (await Promise.all(SOURCES.map((source) => filesUnder(root, source)))).flat().sort();
  for (const file of files) digest.update(`${file}\0`).update(await readFile(join(root, file)));
  return digest.digest('hex').slice(0, 24);
}

async function filesUnder(root: string, path: string): Promise<string[]> {
  if (!(await stat(join(root, path))).isDirectory()) return [path];
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, '/').length).replaceAll('\\', '/'))
    .filter((file) => !NO_SOURCE.test(file));
}

async function forgetOldest(folder: string): Promise<void> {
  const builds = await Promise.all(
    (await readdir(folder))
      .filter((name) => /^[0-9a-f]{24}$/.test(name))
      .map(async (name) => ({ path: join(folder, name), usedAt: (await stat(join(folder, name))).mtimeMs })),
  );
  builds.sort((a, b) => b.usedAt - a.usedAt);
  for (const { path } of builds.slice(KEPT_BUILDS)) await rm(path, { recursive: true, force: true });
}
