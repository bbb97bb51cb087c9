/** A state as `terraform state pull` writes it after a deploy of a plan, with the secrets that a state has. */
import type { PlannedResource } from '../plan.ts';

/** In every attribute that no inventory may show. */
export const SECRET = 'SECRET-e2f1';

export interface FixtureInstance {
  index_key?: string | number;
  status?: string;
  deposed?: string;
  schema_version: number;
  attributes: Record<string, unknown>;
  sensitive_attributes: { type: string; value: unknown }[][];
}

export interface FixtureResource {
  module?: string;
  mode: string;
  type: string;
  name: string;
  provider: string;
  instances: FixtureInstance[];
}

export interface FixtureState {
  version: number;
  terraform_version: string;
  serial: number;
  lineage: string;
  outputs: Record<string, unknown>;
  resources: FixtureResource[];
  check_results: null;
}

export const idOf = (resource: Pick<PlannedResource, 'type' | 'name'>): string =>
  `id-${resource.type}-${resource.name}`.replaceAll('_', '-');

export function stateOf(plan: readonly PlannedResource[]): FixtureState {
  return {
    version: 4,
    terraform_version: '1.13.4',
    serial: 7,
    lineage: '9b6f8f4e-29f7-4d0a-8a51-0d6f1f1a2b3c',
    outputs: { token: { value: SECRET, type: 'string', sensitive: true } },
    resources: plan.map((resource) => fixtureOf(resource.type, resource.name, resource.mode, idOf(resource))),
    check_results: null,
  };
}

export function fixtureOf(type: string, name: string, mode = 'managed', id = `id-${name}`): FixtureResource {
  const provider = type.startsWith('aws_') ? 'registry.terraform.io/hashicorp/aws' : `terraform.io/builtin/terraform`;
  return {
    mode,
    type,
    name,
    provider: `provider["${provider}"]`,
    instances: [
      {
        schema_version: 0,
        attributes: {
          id,
          arn: `arn:aws:test:us-east-1:123456789012:${id}`,
          name: SECRET,
          policy: SECRET,
          user_data: SECRET,
          endpoint: SECRET,
          value: SECRET,
          environment: [{ variables: { KEY: SECRET } }],
          tags: { Name: SECRET },
          ...(type === 'aws_instance' && mode === 'managed'
            ? { instance_state: 'running', root_block_device: [{ volume_id: 'vol-0a1b2c3d', volume_size: 100 }] }
            : {}),
        },
        sensitive_attributes: [[{ type: 'get_attr', value: 'value' }]],
      },
    ],
  };
}

export function resourceIn(state: FixtureState, type: string): FixtureResource {
  const found = state.resources.find((resource) => resource.type === type);
  if (found === undefined) throw new Error(`The fixture has no ${type}.`);
  return found;
}

export function instanceOf(resource: FixtureResource): FixtureInstance {
  const [instance] = resource.instances;
  if (instance === undefined) throw new Error(`The fixture's ${resource.type} has no instance.`);
  return instance;
}
