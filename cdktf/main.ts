/** `npm run synth`, and what `cdktf synth|deploy|destroy` run (cdktf.json). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStackAssets } from './assets/stack-assets.ts';
import { ConfigError, readConfig } from './config.ts';
import { readContext } from './context.ts';
import { synthesize } from './synthesize.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

async function main(): Promise<void> {
  const outdir = process.env['CDKTF_OUTDIR'] ?? join(ROOT, 'cdktf.out');
  const config = readConfig(await readContext(ROOT));
  const assetDir = await mkdtemp(join(tmpdir(), 'synapscribe-assets-'));
  try {
    const path = synthesize(config, await buildStackAssets(ROOT, assetDir), outdir);
    process.stdout.write(`${path}\n`);
  } finally {
    await rm(assetDir, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
