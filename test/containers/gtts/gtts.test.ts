/** The real gTTS 2.5.4, Debian's, is asked for the same as this project's client: what both send is the same, byte by byte. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { z } from 'zod';
import { GOOGLE_LANGUAGES, isGoogleTld } from '../../../gtts-proxy/google/languages.ts';
import { CASES, HOSTS } from './texts.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const IMAGE = 'synapscribe-test/gtts';
const BUILD_MS = 300_000;
const RUN_MS = 120_000;

const sentSchema = z.array(
  z.object({ method: z.string(), path: z.string(), rawHeaders: z.array(z.string()), body: z.string() }),
);
const resultSchema = z.object({
  version: z.string(),
  languages: z.record(z.string(), z.string()),
  accents: z.array(z.string()),
  leftOver: z.number(),
  gtts: z.array(sentSchema),
  ours: z.array(sentSchema),
});

let bundles: string;
let result: z.infer<typeof resultSchema>;

async function docker(args: readonly string[], timeout: number, input = ''): Promise<string> {
  const run = promisify(execFile)('docker', args, { timeout, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 });
  run.child.stdin?.end(input);
  return (await run).stdout;
}

beforeAll(async () => {
  bundles = await mkdtemp(join(tmpdir(), 'synapscribe-gtts-'));
  await build({
    entryPoints: [join(FOLDER, 'side-by-side.ts')],
    outfile: join(bundles, 'side-by-side.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['@audio/decode-ape'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
  });
  await docker(['build', '-q', '-t', IMAGE, FOLDER], BUILD_MS);
  const hosts = HOSTS.map((host) => `--add-host=${host}:127.0.0.1`);
  const mounts = [`--volume=${bundles}:/bundle:ro`, `--volume=${FOLDER}:/oracle:ro`];
  const run = ['run', '--rm', '--init', '--interactive', '--network=none', ...hosts, ...mounts, IMAGE];
  const output = await docker([...run, 'node', '/bundle/side-by-side.mjs'], RUN_MS, JSON.stringify(CASES));
  result = resultSchema.parse(JSON.parse(output));
}, BUILD_MS + RUN_MS);
afterAll(() => rm(bundles, { recursive: true }));

describe('beside the real gTTS', () => {
  it('has that of the right version, and enough to say', () => {
    expect(result.version).toBe('2.5.4');
    expect(CASES.length).toBeGreaterThanOrEqual(200);
    expect(result.leftOver).toBe(0);
    expect(result.gtts.filter((sent) => sent.length > 1).length).toBeGreaterThan(100);
    expect(result.gtts).toHaveLength(CASES.length);
  });

  it.each(CASES.map((spoken, i) => ({ i, ...spoken, name: JSON.stringify(spoken.text.slice(0, 30)) })))(
    'sends the same for case $i: $name in $language, by $tld, slow: $slow',
    ({ i, tld }) => {
      expect(result.ours[i]).toEqual(result.gtts[i]);
      for (const { rawHeaders } of result.gtts[i] ?? []) expect(rawHeaders).toContain(`translate.google.${tld}`);
    },
  );

  it('lists the same languages, and takes every accent', () => {
    expect(GOOGLE_LANGUAGES).toEqual(result.languages);
    // One of gTTS's own list is misspelled: no host has a comma in its name.
    const hosts = result.accents.map((accent) => accent.replace(',', '.'));
    expect(hosts.filter((tld) => !isGoogleTld(tld))).toEqual([]);
  });
});
