/** The archived cdktf has a fork, cdktn, that keeps its names: the move is a rename as long as nothing else is imported. */
import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const packageSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

/** The modules that a file imports which are no files and not Node's own. */
function packagesOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return [...text.matchAll(/(?:from|import\(|require\(|^import)\s*['"]([^.'"][^'"]*)['"]/gm)].flatMap(([, name]) =>
    name === undefined || name.startsWith('node:') ? [] : [name],
  );
}

it('imports of the stack are cdktf, constructs and single resources of the provider', () => {
  const constructs = sources('cdktf/constructs').flatMap(packagesOf);
  expect(constructs.length).toBeGreaterThan(50);
  const allowed = /^(?:cdktf|constructs|@cdktf\/provider-aws\/lib\/[a-z0-9-]+\/index\.js)$/;
  expect(constructs.filter((name) => !allowed.test(name))).toEqual([]);
});

it('nothing outside cdktf/ knows of them', () => {
  const elsewhere = ['agentcore', 'audio', 'cli', 'containers', 'gtts-proxy', 'protocol', 'scripts', 'service-kit'];
  const known = elsewhere
    .flatMap((folder) => sources(folder).flatMap(packagesOf))
    .filter((name) => /cdktf|constructs/.test(name));
  expect(known).toEqual([]);
});

it('no one who only runs the system downloads them', () => {
  const { dependencies, devDependencies } = packageSchema.parse(
    JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')),
  );
  for (const name of ['cdktf', 'cdktf-cli', 'constructs', '@cdktf/provider-aws']) {
    expect(dependencies).not.toHaveProperty([name]);
    expect(devDependencies[name]).toMatch(/^\d+\.\d+\.\d+$/);
  }
  // From 10.8 on, constructs no longer fits cdktf 0.21.
  expect(devDependencies['constructs']).toMatch(/^10\.[0-7]\./);
});
