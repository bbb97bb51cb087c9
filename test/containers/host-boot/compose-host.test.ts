/** What Compose makes of the files that the GPU host runs with: where logs go, and who is on AgentCore's own network. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ROOT } from '../support/compose-project.ts';
import { run } from '../support/run.ts';

const ENVIRONMENT = {
  COMPOSE_PROFILES: 'gpu',
  SYNAPSCRIBE_TAG: 'current',
  AGENTCORE_BIND: '10.0.0.10',
  AGENTCORE_AWS_REGION: 'eu-west-1',
  AGENTCORE_AUDIO_BUCKET: 'synapscribe-audio-123456789012',
  AGENTCORE_CONNECTIONS_ENDPOINT: 'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/Prod',
  LOG_GROUP_PREFIX: '/elsewhere',
  SYNAPSCRIBE_INSTANCE_ID: 'i-0123456789abcdef0',
  SYNAPSCRIBE_MODEL_SHA256: 'abc',
};
const configSchema = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      logging: z.unknown(),
      networks: z.record(z.string(), z.unknown()),
      labels: z.record(z.string(), z.string()).optional(),
    }),
  ),
  networks: z.record(z.string(), z.looseObject({ driver_opts: z.record(z.string(), z.string()).optional() })),
});

let folder: string;
let environment: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compose-host-'));
  environment = join(folder, 'compose.env');
  await writeFile(
    environment,
    Object.entries(ENVIRONMENT)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function config(...overrides: string[]): Promise<z.infer<typeof configSchema>> {
  const files = ['compose.yaml', ...['host', 'cloudwatch', ...overrides].map((name) => `compose/${name}.yaml`)];
  const options = ['compose', '--env-file', environment, ...files.flatMap((file) => ['-f', `${ROOT}/${file}`])];
  return configSchema.parse(
    JSON.parse(await run('docker', [...options, '--profile', 'gpu', 'config', '--format', 'json'])),
  );
}

it.each([
  ['agentcore', 'agentcore'],
  ['gtts-proxy', 'gtts'],
  ['vllm', 'vllm'],
])(
  "sends the logs of %s to CloudWatch's group %s, by instance, without ever waiting for it",
  async (service, group) => {
    const { services } = await config();
    expect(Object.keys(services).sort()).toEqual(['agentcore', 'gtts-proxy', 'vllm']);
    expect(services[service]?.logging).toEqual({
      driver: 'awslogs',
      options: {
        'awslogs-region': 'eu-west-1',
        'awslogs-group': `/elsewhere/${group}`,
        'awslogs-stream': 'i-0123456789abcdef0',
        'awslogs-create-group': 'false',
        mode: 'non-blocking',
        'max-buffer-size': '4m',
      },
    });
  },
);

it('makes vLLM another container for another model', async () => {
  expect((await config()).services['vllm']?.labels).toEqual({ 'synapscribe.model': 'abc' });
});

describe.each([[[]], [['open-ports']]])('with %j', (overrides) => {
  it("gives the bridge that the firewall's rule names to AgentCore alone", async () => {
    const { services, networks } = await config(...overrides);
    const named = Object.entries(networks).filter(
      ([, { driver_opts }]) => driver_opts?.['com.docker.network.bridge.name'] === 'syn-agent',
    );
    expect(named.map(([name]) => name)).toEqual(['default']);
    const members = Object.entries(services).filter(([, service]) => 'default' in service.networks);
    expect(members.map(([name]) => name)).toEqual(['agentcore']);
  });
});
