/** From settings to Terraform's JSON, in one place: for the command, the inventory and the tests. */
import { App } from 'cdktf';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StackAssets } from './assets/stack-assets.ts';
import type { StackConfig } from './config.ts';
import { STACK_ID, SynapScribeStack } from './stack.ts';

/**
 * Writes the stack under `outdir`.
 * @returns the path of its JSON
 */
export function synthesize(config: StackConfig, assets: StackAssets, outdir: string): string {
  mkdirSync(outdir, { recursive: true });
  // Without stack traces: they hold paths of this machine.
  const app = new App({ outdir, stackTraces: false });
  new SynapScribeStack(app, STACK_ID, { config, assets });
  app.synth();
  return join(outdir, 'stacks', STACK_ID, 'cdk.tf.json');
}
