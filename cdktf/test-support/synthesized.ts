/** The stack's JSON as Terraform gets it, for tests: by resource type and by the name that the construct tree gives. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { standInAssets } from '../assets/stand-in-assets.ts';
import type { PageFile } from '../assets/page-files.ts';
import { readConfig } from '../config.ts';
import { synthesize } from '../synthesize.ts';

const blockSchema = z.record(z.string(), z.unknown());
const synthesizedSchema = z.object({
  data: z.record(z.string(), z.record(z.string(), blockSchema)),
  locals: blockSchema.default({}),
  output: z.record(z.string(), z.object({ value: z.unknown() })),
  provider: z.record(z.string(), z.array(blockSchema)),
  resource: z.record(z.string(), z.record(z.string(), blockSchema)),
  terraform: z.record(z.string(), z.unknown()),
});

export type Block = Record<string, unknown>;

export class Synthesized {
  readonly json: z.infer<typeof synthesizedSchema>;

  constructor(json: unknown) {
    this.json = synthesizedSchema.parse(json);
  }

  types(): string[] {
    return Object.keys(this.json.resource).sort();
  }

  /** All resources of a type, by name; none where there is none. */
  all(type: string): Record<string, Block> {
    return this.json.resource[type] ?? {};
  }

  /** The resource of a type, whose name begins so where there are several. @throws where it is not exactly one */
  one(type: string, prefix = ''): Block {
    return onlyOne(`resource ${type}`, this.all(type), prefix);
  }

  data(type: string, prefix = ''): Block {
    return onlyOne(`data ${type}`, this.json.data[type] ?? {}, prefix);
  }

  /** `<type>.<name>`, as references to it begin. */
  address(type: string, prefix = ''): string {
    const names = Object.keys(this.all(type)).filter((name) => name.startsWith(prefix));
    if (names.length !== 1) throw new Error(`${names.length} resources ${type} begin with "${prefix}"`);
    return `${type}.${names[0] ?? ''}`;
  }

  /** Every resource with its address. */
  entries(): { type: string; name: string; block: Block }[] {
    return Object.entries(this.json.resource).flatMap(([type, blocks]) =>
      Object.entries(blocks).map(([name, block]) => ({ type, name, block })),
    );
  }
}

function onlyOne(what: string, blocks: Record<string, Block>, prefix: string): Block {
  const found = Object.entries(blocks).filter(([name]) => name.startsWith(prefix));
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`${found.length} of ${what} begin with "${prefix}": ${Object.keys(blocks).join(', ')}`);
  }
  return first[1];
}

/** @param settings as in cdktf.json's `context.synapscribe` */
export function synthesizeForTest(settings: Record<string, unknown> = {}, page: PageFile[] = []): Synthesized {
  const folder = mkdtempSync(join(tmpdir(), 'synapscribe-synth-'));
  try {
    const assets = standInAssets(join(folder, 'assets'), page);
    const path = synthesize(readConfig(settings, {}), assets, join(folder, 'out'));
    return new Synthesized(JSON.parse(readFileSync(path, 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
