/** The stack and its state side by side. */
import { describe, expect, it } from '@jest/globals';
import { synthesizeForTest } from '../test-support/synthesized.ts';
import { KNOWN_AFTER_APPLY, mergeInventory, type Row } from './inventory.ts';
import { LAYERS } from './layers.ts';
import { readPlan } from './plan.ts';
import { parseState } from './state.ts';
import { fixtureOf, idOf, instanceOf, resourceIn, stateOf, type FixtureState } from './test-support/state-fixture.ts';

const plan = readPlan(synthesizeForTest().json);
const merge = (change: (state: FixtureState) => void = () => undefined): Row[] => {
  const state = stateOf(plan);
  change(state);
  return mergeInventory(plan, parseState(JSON.stringify(state), 'the fixture'));
};
const one = (rows: Row[], type: string): Row => {
  const found = rows.find((row) => row.type === type);
  if (found === undefined) throw new Error(`There is no ${type}.`);
  return found;
};

describe('without a state', () => {
  it('everything is planned, with ids that a deploy makes', () => {
    const rows = mergeInventory(plan, undefined);
    expect(rows).toHaveLength(plan.length);
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['planned']));
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([KNOWN_AFTER_APPLY]));
  });

  it('everything has a layer of its own kind, and a description', () => {
    for (const { layer, description, address } of mergeInventory(plan, undefined)) {
      expect([address, LAYERS.indexOf(layer)]).not.toEqual([address, -1]);
      expect([address, layer]).not.toEqual([address, 'Other']);
      expect([address, description]).not.toEqual([address, '']);
      expect(description).not.toContain('${');
    }
  });
});

describe('after a deploy', () => {
  it('everything is deployed under the ids of the state, and the host runs', () => {
    const rows = merge();
    for (const { type, status } of rows) expect(status).toBe(type === 'aws_instance' ? 'running' : 'deployed');
    expect(rows.map(({ id }) => id)).toEqual(plan.map(idOf));
    expect(one(rows, 'aws_instance').rootVolumeId).toBe('vol-0a1b2c3d');
  });

  it('what the state lacks is missing', () => {
    const rows = merge((state) => {
      state.resources = state.resources.filter(({ type }) => type !== 'aws_dynamodb_table');
      resourceIn(state, 'aws_sqs_queue').instances = [];
    });
    expect(one(rows, 'aws_dynamodb_table')).toMatchObject({ status: 'missing', id: '—' });
    expect(one(rows, 'aws_sqs_queue')).toMatchObject({ status: 'missing', id: '—' });
    expect(rows.filter(({ status }) => status === 'missing')).toHaveLength(2);
  });

  it('what is tainted says so, an instance too', () => {
    const rows = merge((state) => {
      instanceOf(resourceIn(state, 'aws_instance')).status = 'tainted';
      instanceOf(resourceIn(state, 'aws_eip')).status = 'tainted';
    });
    expect(rows.filter(({ status }) => status === 'tainted').map(({ type }) => type)).toEqual([
      'aws_eip',
      'aws_instance',
    ]);
  });

  it.each([
    ['stopped', 'stopped'],
    ['| <b>owned</b>', 'deployed'],
    [7, 'deployed'],
  ])('an instance whose state is %j is %s', (instance_state, status) => {
    const rows = merge((state) => {
      instanceOf(resourceIn(state, 'aws_instance')).attributes['instance_state'] = instance_state;
    });
    expect(one(rows, 'aws_instance').status).toBe(status);
  });

  it('what is replaced and not yet deleted is noted, and is not what there is', () => {
    const rows = merge((state) => {
      const api = resourceIn(state, 'aws_apigatewayv2_deployment');
      api.instances.push({ ...instanceOf(api), deposed: '5c0ffee5', attributes: { id: 'old' } });
      const queue = resourceIn(state, 'aws_sqs_queue');
      queue.instances = [{ ...instanceOf(queue), deposed: '5c0ffee6' }];
    });
    expect(one(rows, 'aws_apigatewayv2_deployment')).toMatchObject({
      status: 'deployed',
      notes: '1 replaced, still to be deleted',
    });
    expect(one(rows, 'aws_apigatewayv2_deployment').id).not.toContain('old');
    expect(one(rows, 'aws_sqs_queue').status).toBe('missing');
  });

  it('what the stack does not have is extra, but for the files of the page', () => {
    const rows = merge((state) => {
      state.resources.push(
        fixtureOf('aws_s3_object', 'frontend_object-index-html_1A2B3C4D'),
        fixtureOf('aws_db_instance', 'forgotten'),
        fixtureOf('aws_ami', 'looked-up', 'data'),
      );
    }).slice(plan.length);
    expect(rows).toMatchObject([
      { address: 'aws_db_instance.forgotten', layer: 'In the state, not in the stack', status: 'extra' },
      { path: 'frontend_object-index-html_1A2B3C4D', layer: 'Page', status: 'deployed' },
    ]);
  });
});
