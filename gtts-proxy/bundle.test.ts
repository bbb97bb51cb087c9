import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { startChildService } from '../cli/child-service.ts';
import { Writable } from 'node:stream';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
/** Inside node_modules, so that the bundle finds the packages which it does not hold. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache', import.meta.url));

describe('the service as a process', () => {
  let folder: string;
  let bundle: string;
  beforeAll(async () => {
    await mkdir(CACHE, { recursive: true });
    folder = await mkdtemp(join(CACHE, 'gtts-proxy-'));
    bundle = join(folder, 'gtts-proxy.mjs');
    await build({
      entryPoints: [MAIN],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'silent',
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['one bundled file', () => [bundle]],
    ['its source', () => ['--import', 'tsx', MAIN]],
  ])('speaks offline from %s, and prints nothing but its log', async (_name, args) => {
    const lines: string[] = [];
    const log = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(...chunk.toString().trim().split('\n'));
        done();
      },
    });
    const env = { PATH: process.env['PATH'], PORT: '0', SPEECH_ENGINE: 'flite', FLITE_THREADS: '2' };
    const service = await startChildService({ name: 'gtts-proxy', args: args(), env, log });
    const response = await fetch(`http://127.0.0.1:${service.port}/v1/audio/speech`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gtts', voice: 'alloy', input: 'The tide comes in at noon.' }),
    });
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(5000);
    expect(await service.stop()).toMatchObject({ code: 0, lastWords: '' });
    expect(lines.map((line) => (JSON.parse(line) as { msg?: string }).msg)).toEqual(['listening', 'speech']);
  });

  it('says in one sentence what is wrong with its settings, and exits', async () => {
    const env = { PATH: process.env['PATH'], PORT: 'x', SPEECH_ENGINE: 'espeak' };
    await expect(startChildService({ name: 'gtts-proxy', args: [bundle], env })).rejects.toThrow(
      /^gtts-proxy: Wrong settings: PORT: .*; SPEECH_ENGINE: /,
    );
  });
});
