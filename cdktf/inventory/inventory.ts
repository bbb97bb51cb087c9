/** The stack's resources side by side with what a Terraform state has of them. */
import { describe } from './describe.ts';
import { layerOf, type Layer } from './layers.ts';
import { compare, type PlannedResource } from './plan.ts';
import type { StateInstance, StateResource } from './state.ts';

export const KNOWN_AFTER_APPLY = '(known after apply)';
const NOT_THERE = '—';
const NOT_SHOWN = '(not shown)';
const INSTANCE_STATES = new Set(['pending', 'running', 'shutting-down', 'terminated', 'stopping', 'stopped']);

export interface Row {
  address: string;
  layer: Layer;
  type: string;
  /** In the construct tree. */
  path: string;
  id: string;
  description: string;
  /** `planned` without a state; with one: `deployed`, `missing`, `tainted`, `extra`, or an instance's own. */
  status: string;
  notes: string;
  rootVolumeId: string | undefined;
  /** What the stack says; `undefined` of what it does not know. */
  planned: PlannedResource | undefined;
}

/** @param state `undefined` where nothing is deployed, or nobody knows */
export function mergeInventory(plan: readonly PlannedResource[], state: readonly StateResource[] | undefined): Row[] {
  const found = new Map(state?.map((resource) => [resource.address, resource]));
  const rows = plan.map((planned): Row => {
    const fixed = {
      address: planned.address,
      layer: layerOf(planned.type, planned.path, planned.mode),
      type: planned.type,
      path: planned.path,
      description: describe(planned),
      planned,
    };
    if (state === undefined) {
      return { ...fixed, id: KNOWN_AFTER_APPLY, status: 'planned', notes: '', rootVolumeId: undefined };
    }
    return { ...fixed, ...deployed(found.get(planned.address)?.instances ?? []) };
  });
  const known = new Set(plan.map(({ address }) => address));
  const others = (state ?? []).filter(({ address, mode }) => mode === 'managed' && !known.has(address));
  return [...rows, ...others.map(otherRow).sort((a, b) => compare(a.address, b.address))];
}

function deployed(instances: readonly StateInstance[]): Pick<Row, 'id' | 'status' | 'notes' | 'rootVolumeId'> {
  const current = instances.filter(({ deposed }) => !deposed);
  const old = instances.length - current.length;
  const ids = current.map(({ key, id }) => `${key === undefined ? '' : `${key}: `}${id ?? NOT_SHOWN}`);
  return {
    id: ids.length === 0 ? NOT_THERE : ids.join(', '),
    status: statusOf(current),
    notes: old === 0 ? '' : `${old} replaced, still to be deleted`,
    rootVolumeId: current[0]?.rootVolumeId,
  };
}

function statusOf(current: readonly StateInstance[]): string {
  const [first] = current;
  if (first === undefined) return 'missing';
  if (current.some(({ tainted }) => tainted)) return 'tainted';
  const state = first.instanceState;
  return state !== undefined && INSTANCE_STATES.has(state) ? state : 'deployed';
}

/** In the state, and not in the stack: the page's files, whose names the build makes, and what nobody planned. */
function otherRow({ address, type, name, instances }: StateResource): Row {
  const isPageFile = type === 'aws_s3_object' && name.startsWith('frontend_object-');
  const { id, status, notes, rootVolumeId } = deployed(instances);
  return {
    address,
    layer: isPageFile ? 'Page' : 'In the state, not in the stack',
    type,
    path: name,
    id,
    description: isPageFile ? 'A file of the page' : 'The next deploy removes it',
    status: isPageFile || status !== 'deployed' ? status : 'extra',
    notes,
    rootVolumeId,
    planned: undefined,
  };
}
