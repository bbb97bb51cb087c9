/** Copies installed packages with all that they depend on: what a bundle still loads from a node_modules beside it. */
import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';

/** Dependencies that only an install script uses, and ours do not run. */
const INSTALL_ONLY: ReadonlySet<string> = new Set(['adm-zip', 'global-agent']);
/** Where packages keep native code: `bin/napi-v6/linux/x64/…`, `prebuilds/linux-x64/…`, `prebuilds/darwin-x64+arm64/…`. */
const NATIVE = /\/(?:napi-v\d+|prebuilds)\/(?<platform>[a-z0-9]+)(?:[/-](?<archs>[a-z0-9+]+))?/;

const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

/**
 * @param root the folder whose node_modules has the packages; they keep their places below it in `outdir`
 * @throws Error where a package is not installed
 */
export async function copyPackages(names: readonly string[], root: string, outdir: string): Promise<void> {
  const found = new Set<string>();
  for (const name of names) await collect(name, root, root, found);
  // One by one: some have others inside.
  for (const folder of found) {
    await cp(folder, join(outdir, relative(root, folder)), {
      recursive: true,
      filter: (path) => isLoaded(relative(dirname(folder), path)),
    });
  }
}

/** Adds the folder that node would load `name` from, and those of its dependencies. */
async function collect(name: string, from: string, root: string, found: Set<string>): Promise<void> {
  const folder = resolvePackage(name, from, root);
  if (folder === undefined) throw new Error(`The package ${name} is not installed.`);
  if (found.has(folder)) return;
  found.add(folder);
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const { dependencies, optionalDependencies } = manifest;
  const optional = Object.keys(optionalDependencies).filter((each) => resolvePackage(each, folder, root) !== undefined);
  for (const dependency of [...Object.keys(dependencies), ...optional]) {
    if (!INSTALL_ONLY.has(dependency)) await collect(dependency, folder, root, found);
  }
}

/** As node does: the nearest node_modules, upwards. */
function resolvePackage(name: string, from: string, root: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
    if (folder === root) return undefined;
  }
}

/** Nothing of other platforms, no types, no maps, no packages inside: those are found by themselves. */
function isLoaded(path: string): boolean {
  if (basename(path) === 'node_modules' || /\.(?:map|[cm]?ts)$/.test(path)) return false;
  const { platform, archs } = NATIVE.exec(path.replaceAll('\\', '/'))?.groups ?? {};
  if (platform === undefined) return true;
  return platform === process.platform && (archs?.split('+').includes(process.arch) ?? true);
}
