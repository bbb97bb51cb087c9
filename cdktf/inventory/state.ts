/**
 * A Terraform state (version 4), cut down to what an inventory may show. Whatever else a state holds (passwords, keys,
 * scripts) is dropped here, where it is parsed.
 */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { InventoryError } from './errors.ts';

/** A state of this stack has about 200 KB. */
export const MAX_STATE_BYTES = 64 * 1024 * 1024;
const STATE_VERSION = 4;

export interface StateInstance {
  /** Where a resource was made several times. */
  key: string | undefined;
  tainted: boolean;
  /** Replaced, and still to be deleted. */
  deposed: boolean;
  /** `undefined` where there is none, and where it is nobody's business. */
  id: string | undefined;
  /** Of an EC2 instance: `running`, `stopped`. */
  instanceState: string | undefined;
  rootVolumeId: string | undefined;
}

export interface StateResource {
  /** As the stack's JSON refers to it: `aws_instance.<name>`, `data.aws_vpc.<name>`. */
  address: string;
  mode: 'managed' | 'data';
  type: string;
  name: string;
  instances: StateInstance[];
}

/** What an attribute's value is does not matter until it is shown: a wrong one is left out, not fatal. */
const text = z.string().min(1).optional().catch(undefined);
const attributesSchema = z
  .object({
    id: text,
    instance_state: text,
    root_block_device: z
      .array(z.object({ volume_id: text }))
      .optional()
      .catch(undefined),
  })
  .nullish();

const instanceSchema = z.object({
  index_key: z.union([z.string(), z.number()]).optional(),
  status: z.string().optional(),
  deposed: z.string().optional(),
  attributes: attributesSchema,
  /** Each a path of steps, the first of which is the attribute. */
  sensitive_attributes: z.array(z.array(z.object({ value: z.unknown() }))).nullish(),
});

const stateSchema = z.object({
  version: z.literal(STATE_VERSION),
  resources: z.array(
    z.object({
      module: z.string().optional(),
      mode: z.enum(['managed', 'data']),
      type: z.string().min(1),
      name: z.string().min(1),
      instances: z.array(instanceSchema),
    }),
  ),
});

/** @throws InventoryError in one sentence, where the file cannot be read or is no state */
export async function readState(path: string): Promise<StateResource[]> {
  return parseState(await readBounded(path), path);
}

/**
 * @param source how errors call it
 * @throws InventoryError in one sentence
 */
export function parseState(json: string, source: string): StateResource[] {
  const value = parseJson(json, source);
  const state = stateSchema.safeParse(value);
  if (!state.success) throw new InventoryError(whyNot(value, source, state.error));
  return state.data.resources.map(({ module, mode, type, name, instances }) => ({
    address: [...(module === undefined ? [] : [module]), ...(mode === 'data' ? ['data'] : []), type, name].join('.'),
    mode,
    type,
    name,
    instances: instances.map((instance) => readInstance(type, instance)),
  }));
}

function readInstance(type: string, instance: z.infer<typeof instanceSchema>): StateInstance {
  const { attributes } = instance;
  // Other providers make ids of what is secret (`random_string` has its value there); AWS names things with them.
  const isOwn = type.startsWith('aws_') || type === 'terraform_data';
  const isSecret = instance.sensitive_attributes?.some(([step]) => step?.value === 'id') ?? false;
  return {
    key: instance.index_key === undefined ? undefined : String(instance.index_key),
    tainted: instance.status === 'tainted',
    deposed: instance.deposed !== undefined,
    id: isOwn && !isSecret ? attributes?.id : undefined,
    instanceState: type === 'aws_instance' ? attributes?.instance_state : undefined,
    rootVolumeId: type === 'aws_instance' ? attributes?.root_block_device?.[0]?.volume_id : undefined,
  };
}

function parseJson(json: string, source: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    // What JSON.parse complains of quotes the file.
    throw new InventoryError(`${source} is not JSON, so it is no Terraform state.`, { cause });
  }
}

const otherSchema = z.looseObject({ version: z.unknown().optional(), format_version: z.unknown().optional() });

function whyNot(value: unknown, source: string, error: z.ZodError): string {
  const other = otherSchema.safeParse(value);
  if (!other.success) return `${source} is JSON, but no Terraform state.`;
  if (other.data.format_version !== undefined) {
    return `${source} is what terraform show -json writes; terraform state pull writes the state itself.`;
  }
  const { version } = other.data;
  if (typeof version === 'number' && version !== STATE_VERSION) {
    return `${source} is a Terraform state of version ${version}, and only version ${STATE_VERSION} is read.`;
  }
  if (version !== STATE_VERSION) return `${source} is JSON, but no Terraform state.`;
  const at = error.issues[0]?.path.join('.') ?? '';
  return `${source} is a broken Terraform state: ${at === '' ? 'its form' : at} is not what it should be.`;
}

async function readBounded(path: string): Promise<string> {
  try {
    const stats = await stat(path);
    // A pipe that nobody writes to would be waited for.
    if (!stats.isFile()) throw new InventoryError(`${path} is not a file.`);
    if (stats.size > MAX_STATE_BYTES) {
      throw new InventoryError(
        `${path} has over ${MAX_STATE_BYTES / 1024 / 1024} MB, so it is no state of this stack.`,
      );
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof InventoryError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new InventoryError(`${path} cannot be read (${code}).`, { cause: error });
  }
}
