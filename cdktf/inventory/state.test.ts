/** What is a Terraform state, what is none, and what of it is kept. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InventoryError } from './errors.ts';
import { MAX_STATE_BYTES, parseState, readState } from './state.ts';
import { fixtureOf, instanceOf, SECRET, stateOf, type FixtureResource } from './test-support/state-fixture.ts';

const parse = (...resources: FixtureResource[]) =>
  parseState(JSON.stringify({ ...stateOf([]), resources }), 'a.tfstate');

describe('a state', () => {
  it('is kept as addresses, ids and how instances fare, without any other attribute', () => {
    const resources = parse(
      fixtureOf('aws_instance', 'host', 'managed', 'i-0a1b'),
      fixtureOf('aws_vpc', 'vpc', 'data'),
    );
    expect(resources).toEqual([
      {
        address: 'aws_instance.host',
        mode: 'managed',
        type: 'aws_instance',
        name: 'host',
        instances: [
          {
            key: undefined,
            tainted: false,
            deposed: false,
            id: 'i-0a1b',
            instanceState: 'running',
            rootVolumeId: 'vol-0a1b2c3d',
          },
        ],
      },
      expect.objectContaining({ address: 'data.aws_vpc.vpc', mode: 'data' }),
    ]);
    expect(JSON.stringify(resources)).not.toContain(SECRET);
  });

  it('may be empty, as before the first deploy and after a destroy', () => {
    expect(parse()).toEqual([]);
  });

  it('tells what is tainted, deposed, and made several times', () => {
    const [tainted, queue] = [fixtureOf('aws_sqs_queue', 'tainted'), fixtureOf('aws_sqs_queue', 'several')];
    const several = instanceOf(queue);
    instanceOf(tainted).status = 'tainted';
    queue.instances = [
      { ...several, index_key: 'a' },
      { ...several, index_key: 1, deposed: '00000001' },
    ];
    expect(parse(tainted)[0]?.instances[0]).toMatchObject({ tainted: true, deposed: false });
    expect(parse(queue)[0]?.instances).toMatchObject([
      { key: 'a', deposed: false },
      { key: '1', deposed: true },
    ]);
  });

  it('keeps the id to itself where it is a secret, or another provider made it', () => {
    const [marked, random] = [fixtureOf('aws_thing', 'marked', 'managed', SECRET), fixtureOf('random_string', 'r')];
    instanceOf(marked).sensitive_attributes.push([{ type: 'get_attr', value: 'id' }]);
    instanceOf(random).attributes['id'] = SECRET;
    expect(parse(marked, random).flatMap(({ instances }) => instances.map(({ id }) => id))).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('keeps a resource of a module apart from one of the stack', () => {
    const resource = { ...fixtureOf('aws_sqs_queue', 'queue'), module: 'module.other' };
    expect(parse(resource)[0]?.address).toBe('module.other.aws_sqs_queue.queue');
  });
});

describe('what is no state is told in one sentence', () => {
  const message = (text: string): string => {
    try {
      parseState(text, 'a.tfstate');
    } catch (error) {
      if (error instanceof InventoryError) return error.message;
      throw error;
    }
    throw new Error('It passed as a state.');
  };

  it.each([
    ['', 'a.tfstate is not JSON, so it is no Terraform state.'],
    [`{"password":"${SECRET}"`, 'a.tfstate is not JSON, so it is no Terraform state.'],
    ['[]', 'a.tfstate is JSON, but no Terraform state.'],
    ['null', 'a.tfstate is JSON, but no Terraform state.'],
    ['{}', 'a.tfstate is JSON, but no Terraform state.'],
    ['{"version":"4"}', 'a.tfstate is JSON, but no Terraform state.'],
    ['{"version":3,"modules":[]}', 'a.tfstate is a Terraform state of version 3, and only version 4 is read.'],
    ['{"version":5,"resources":[]}', 'a.tfstate is a Terraform state of version 5, and only version 4 is read.'],
    [
      '{"format_version":"1.0","values":{}}',
      'a.tfstate is what terraform show -json writes; terraform state pull writes the state itself.',
    ],
    ['{"version":4}', 'a.tfstate is a broken Terraform state: resources is not what it should be.'],
    [
      '{"version":4,"resources":[{"mode":"managed","type":"aws_vpc","name":"v"}]}',
      'a.tfstate is a broken Terraform state: resources.0.instances is not what it should be.',
    ],
  ])('%j', (text, expected) => expect(message(text)).toBe(expected));

  it('though it is nested very deeply', () => {
    expect(message(`{"version":4,"resources":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)).toContain('broken');
  });
});

describe('a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'synapscribe-state-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const read = (name: string) => readState(join(folder, name));

  it('is read', async () => {
    await writeFile(join(folder, 'good'), JSON.stringify(stateOf([])));
    await expect(read('good')).resolves.toEqual([]);
  });

  it('that is not there, is a folder, or is huge is not read', async () => {
    await mkdir(join(folder, 'folder'));
    await writeFile(join(folder, 'huge'), '');
    await truncate(join(folder, 'huge'), MAX_STATE_BYTES + 1);
    await expect(read('none')).rejects.toThrow(/none cannot be read \(ENOENT\)\.$/);
    await expect(read('folder')).rejects.toThrow(/folder is not a file\.$/);
    await expect(read('huge')).rejects.toThrow(/huge has over 64 MB, so it is no state of this stack\.$/);
  });
});
