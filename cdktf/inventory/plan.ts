/** The synthesized stack as an inventory reads it. */
import { z } from 'zod';

export type Block = Record<string, unknown>;

export interface PlannedResource {
  /** `aws_instance.<name>`, `data.aws_vpc.<name>`. */
  address: string;
  mode: 'managed' | 'data';
  type: string;
  name: string;
  /** In the construct tree, below the stack: `api/route-query`. */
  path: string;
  block: Block;
}

const blockSchema = z.record(z.string(), z.unknown());
const blocksSchema = z.record(z.string(), z.record(z.string(), blockSchema)).default({});
const stackSchema = z.object({ data: blocksSchema, resource: blocksSchema });
const metadataSchema = z.object({ '//': z.object({ metadata: z.object({ path: z.string() }) }) });

/** Everything that the stack makes and looks up, by type and name. */
export function readPlan(json: unknown): PlannedResource[] {
  const { data, resource } = stackSchema.parse(json);
  return [...list('managed', resource), ...list('data', data)];
}

function list(mode: PlannedResource['mode'], blocks: z.infer<typeof blocksSchema>): PlannedResource[] {
  const resources = Object.entries(blocks).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, block]) => ({
      address: `${mode === 'data' ? 'data.' : ''}${type}.${name}`,
      mode,
      type,
      name,
      path: pathOf(block) ?? name,
      block,
    })),
  );
  return resources.sort((a, b) => compare(a.type, b.type) || compare(a.path, b.path));
}

function pathOf(block: Block): string | undefined {
  const metadata = metadataSchema.safeParse(block);
  return metadata.success ? metadata.data['//'].metadata.path.split('/').slice(1).join('/') : undefined;
}

/** Not `localeCompare`: the same on every machine. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
