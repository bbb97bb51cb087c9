import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { MODEL_FILES, TARBALL_FOLDER } from './model-files.ts';
import { ensureModel, ModelError, verifyModel } from './model.ts';

// npm stands at the edge of the world: here a script under npm's name fails the way npm does.
let folder: string;
let dir: string;
const previous = process.env['npm_execpath'];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synapscribe-model-'));
  dir = join(folder, 'models', 'moonshine');
});
afterEach(async () => {
  if (previous === undefined) delete process.env['npm_execpath'];
  else process.env['npm_execpath'] = previous;
  await rm(folder, { recursive: true, force: true });
});

async function fakeNpm(code: string): Promise<void> {
  const path = join(folder, 'npm-cli.js');
  await writeFile(path, code);
  process.env['npm_execpath'] = path;
}

const says = (code: string): string =>
  `process.stderr.write('npm error code ${code}\\nnpm error Something went wrong.\\n'); process.exit(1);`;

/** npm that hands out a tarball with files of the right names and the wrong bytes. */
async function npmWithWrongFiles(): Promise<void> {
  const source = join(folder, 'source');
  await mkdir(join(source, TARBALL_FOLDER), { recursive: true });
  for (const { name } of MODEL_FILES) await writeFile(join(source, TARBALL_FOLDER, name), 'not a model');
  const tarball = join(folder, 'made.tgz');
  await create({ file: tarball, cwd: source, gzip: true }, ['package']);
  await fakeNpm(`
    const args = process.argv;
    const to = args[args.indexOf('--pack-destination') + 1];
    require('node:fs').copyFileSync(${JSON.stringify(tarball)}, to + '/moonshine.tgz');
  `);
}

describe('ensureModel', () => {
  it.each([
    ['ENOTFOUND', /the npm registry cannot be reached/],
    ['ENOSPC', /the disk is full/],
    ['E404', /does not have @moonshine-ai\/moonshine-js/],
    ['E403', /refuses to hand out/],
    ['EINTEGRITY', /damaged on the way/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /certificate is not trusted/],
    ['EWHATEVER', /npm says "Something went wrong\."/],
  ])('tells in one sentence why npm failed (%s) and leaves nothing behind', async (code, sentence) => {
    await fakeNpm(says(code));
    const failed: unknown = await ensureModel({ dir }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ModelError);
    expect(String(failed)).toMatch(sentence);
    expect(String(failed)).not.toContain('\n');
    expect(await readdir(dir)).toEqual([]);
    expect(await readdir(join(folder, 'models'))).toEqual(['moonshine']);
  });

  it('never lets files in whose digests are wrong', async () => {
    await npmWithWrongFiles();
    await expect(ensureModel({ dir })).rejects.toThrow('is not the right one (encoder_model.onnx differs)');
    expect(await readdir(dir)).toEqual([]);
  });

  it('stops npm and cleans up when it is cancelled', async () => {
    await fakeNpm('setInterval(() => {}, 1000);');
    const stop = new AbortController();
    const fetching = ensureModel({ dir, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(fetching).rejects.toThrow(/abort/);
    expect(await readdir(join(folder, 'models'))).toEqual(['moonshine']);
  });

  it('tells how far it is, never going back', async () => {
    await npmWithWrongFiles();
    const shares: number[] = [];
    await ensureModel({
      dir,
      onProgress: ({ receivedBytes, totalBytes }) => shares.push(receivedBytes / totalBytes),
    }).catch(() => undefined);
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });

  it('takes away what a killed fetch left, but not one that may still run', async () => {
    await fakeNpm(says('ENOTFOUND'));
    const stale = join(folder, 'models', '.fetch-moonshine-old');
    const running = join(folder, 'models', '.fetch-moonshine-new');
    await mkdir(stale, { recursive: true });
    await mkdir(running);
    await utimes(stale, new Date(0), new Date(0));
    await ensureModel({ dir }).catch(() => undefined);
    await expect(stat(stale)).rejects.toThrow('ENOENT');
    expect((await stat(running)).isDirectory()).toBe(true);
  });
});

describe('verifyModel', () => {
  it('names the command that fetches a missing model', async () => {
    await expect(verifyModel(dir)).rejects.toThrow(/fetch it with: node .*fetch-model\.ts/);
  });

  it('notices a file that is cut short', async () => {
    await mkdir(dir, { recursive: true });
    const [file] = MODEL_FILES;
    await writeFile(
      join(dir, file?.name ?? ''),
      await readFile(process.execPath).then((bytes) => bytes.subarray(0, 100)),
    );
    await expect(verifyModel(dir)).rejects.toThrow('missing or damaged');
  });
});
