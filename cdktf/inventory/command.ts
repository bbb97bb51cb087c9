/** `npm run inventory [-- --state terraform.tfstate] [--out docs/AWS_RESOURCES.md]`: writes what there is on AWS. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { standInAssets } from '../assets/stand-in-assets.ts';
import { ConfigError, readConfig, type StackConfig } from '../config.ts';
import { readContext } from '../context.ts';
import { STACK_ID } from '../stack.ts';
import { synthesize } from '../synthesize.ts';
import { parseArguments, USAGE } from './arguments.ts';
import { InventoryError } from './errors.ts';
import { renderPage } from './page.ts';
import { readPlan, type PlannedResource } from './plan.ts';
import { readPrices } from './prices.ts';
import { readState } from './state.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = join(ROOT, 'docs', 'AWS_RESOURCES.md');
/** Where cdktf's local backend keeps the state. */
const LOCAL_STATE = join(ROOT, `terraform.${STACK_ID}.tfstate`);

async function main(): Promise<void> {
  const { state, out, help } = parseArguments(process.argv.slice(2));
  if (help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const config = readConfig(await readContext(ROOT));
  const statePath = state === undefined ? localState(config) : resolve(state);
  // Before the slow part: a wrong file is told at once.
  const resources = statePath === undefined ? undefined : await readState(statePath);
  const page = renderPage({ config, plan: await planOf(config), state: resources, prices: readPrices() });
  const path = out === undefined ? PAGE : resolve(out);
  await write(path, page);
  const from = statePath === undefined ? 'the synthesized stack' : relative(process.cwd(), statePath);
  process.stdout.write(`${relative(process.cwd(), path)} written from ${from}\n`);
}

/** A state in a bucket leaves a local one, if there is one, behind. */
const localState = ({ stateBucket }: StackConfig): string | undefined =>
  stateBucket === undefined && existsSync(LOCAL_STATE) ? LOCAL_STATE : undefined;

async function planOf(config: StackConfig): Promise<PlannedResource[]> {
  const folder = await mkdtemp(join(tmpdir(), 'synapscribe-inventory-'));
  try {
    const path = synthesize(config, standInAssets(join(folder, 'assets')), join(folder, 'out'));
    return readPlan(JSON.parse(readFileSync(path, 'utf8')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(path: string, page: string): Promise<void> {
  try {
    await writeFile(path, page);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new InventoryError(`${path} cannot be written (${code}).`, { cause: error });
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof InventoryError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error instanceof InventoryError ? error.exitCode : 1;
}
