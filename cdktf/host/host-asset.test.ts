/** The release that a host fetches: what is in it, and that nothing but that makes it another. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { list, type ReadEntry } from 'tar';
import { buildHostAsset, listHostFiles } from './host-asset.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
/** A copy of what the asset is made of. */
let copy: string;
/** Of the asset made from the copy, unchanged. */
let unchanged: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'host-asset-'));
  copy = join(folder, 'copy');
  for (const path of await listHostFiles(ROOT)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(ROOT, path), join(copy, path));
  }
  unchanged = await digestOf(copy);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function digestOf(root: string): Promise<string> {
  const outFile = join(folder, 'asset.tar.gz');
  await buildHostAsset({ root, outFile });
  return createHash('sha256').update(readFileSync(outFile)).digest('hex');
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
}

describe('the asset', () => {
  it('is the same bytes from another folder, with other times and modes, in another time zone', async () => {
    const digest = await digestOf(ROOT);
    expect(unchanged).toBe(digest);
    for (const path of await listHostFiles(copy)) {
      chmodSync(join(copy, path), 0o600);
      utimesSync(join(copy, path), 1, 1);
    }
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Pacific/Chatham';
    try {
      expect(await digestOf(copy)).toBe(digest);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it.each([
    'agentcore/app.test.ts',
    'agentcore/test-support/fake.ts',
    'agentcore/notes.md',
    'agentcore/.env',
    'agentcore/core.dump',
    'gtts-proxy/node_modules/x/index.ts',
    'audio/dist/index.ts',
    'cdktf/lambda/websocket-handler.ts',
    'cdktf/host/user-data.ts',
    'cdktf/host/user-data.sh',
    'cdktf/main.ts',
    'compose/observability/rules.test.yml',
    'containers/local-aws/main.ts',
    'docs/containers.md',
    'test/e2e/ask.ts',
    '.git/config.json',
    '.synapscribe/data.json',
  ])('is not another for %s', async (path) => {
    put(path, 'anything');
    expect(await digestOf(copy)).toBe(unchanged);
  });

  it.each([
    'agentcore/app.ts',
    'gtts-proxy/google/gtts-2.5.4.json',
    'protocol/errors.ts',
    'compose/compose.yaml',
    'containers/vllm/Dockerfile',
    'package-lock.json',
    'cdktf/host/bootstrap.sh',
    'cdktf/host/systemd/synapscribe.service',
  ])('is another when %s changes', async (path) => {
    const before = readFileSync(join(copy, path));
    appendFileSync(join(copy, path), '\n');
    expect(await digestOf(copy)).not.toBe(unchanged);
    writeFileSync(join(copy, path), before);
    expect(await digestOf(copy)).toBe(unchanged);
  });

  it('has plain files alone, owned by root, that run where they are scripts', async () => {
    const outFile = join(folder, 'asset.tar.gz');
    await buildHostAsset({ root: ROOT, outFile });
    const entries: ReadEntry[] = [];
    list({ file: outFile, sync: true, onReadEntry: (entry) => entries.push(entry) });
    for (const { path, type, mode, uid, gid } of entries) {
      expect({ path, type, mode, uid, gid }).toEqual({
        path,
        type: 'File',
        mode: path.endsWith('.sh') ? 0o755 : 0o644,
        uid: 0,
        gid: 0,
      });
    }
    const paths = entries.map(({ path }) => path);
    expect(paths).toEqual([...paths].sort());
    expect(paths).toEqual(await listHostFiles(ROOT));
    // As the host unpacks it.
    expect(
      execFileSync('tar', ['--list', '--gzip', '--file', outFile], { encoding: 'utf8' }).trim().split('\n'),
    ).toEqual(paths);
  });

  it('has every source that the images are bundled from', async () => {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: ['agentcore/main.ts', 'gtts-proxy/main.ts', 'scripts/build.ts'],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      outdir: folder,
      write: false,
      metafile: true,
    });
    const files = await listHostFiles(ROOT);
    expect(Object.keys(metafile.inputs).filter((path) => !files.includes(path))).toEqual([]);
    const dockerfiles = ['agentcore', 'gtts-proxy', 'vllm'].map((name) => `containers/${name}/Dockerfile`);
    expect(files).toEqual(expect.arrayContaining([...dockerfiles, '.dockerignore', '.npmrc', 'package-lock.json']));
  });

  it('refuses a path that would need more than a plain header', async () => {
    const path = `agentcore/${'a'.repeat(120)}.ts`;
    put(path, '');
    await expect(digestOf(copy)).rejects.toThrow(/is too long a path for the host's archive\.$/);
    rmSync(join(copy, path));
  });
});
