import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startStack } from './stack.ts';

// npm stands at the edge of the world: here a script under npm's name that downloads for ever.
const previous = process.env['npm_execpath'];
let homeDir: string;

beforeEach(async () => {
  homeDir = await mkdtemp(join(tmpdir(), 'synapscribe-stack-'));
  process.env['npm_execpath'] = join(homeDir, 'npm-cli.js');
  await writeFile(join(homeDir, 'npm-cli.js'), 'setInterval(() => {}, 1000);');
});
afterEach(async () => {
  if (previous === undefined) delete process.env['npm_execpath'];
  else process.env['npm_execpath'] = previous;
  await rm(homeDir, { recursive: true, force: true });
});

describe('startStack', () => {
  it('gives up the download of the speech model for a signal', async () => {
    const stop = new AbortController();
    const starting = startStack({
      homeDir,
      dataDir: join(homeDir, 'data'),
      ports: 'free',
      signal: stop.signal,
      onModelProgress: () => stop.abort(new Error('never mind')),
    });
    await expect(starting).rejects.toThrow('never mind');
  });

  it('clears away what starts that were killed have left, and nothing else', async () => {
    const { pid: gone } = spawnSync(process.execPath, ['--version']);
    const build = join(homeDir, 'build');
    for (const name of [`run-${gone}-abc`, `run-${process.pid}-abc`, 'kept']) {
      await mkdir(join(build, name), { recursive: true });
    }
    const signal = AbortSignal.abort(new Error('never mind'));
    await expect(startStack({ homeDir, dataDir: join(homeDir, 'data'), signal })).rejects.toThrow('never mind');
    expect((await readdir(build)).sort()).toEqual(['kept', `run-${process.pid}-abc`]);
  });
});
