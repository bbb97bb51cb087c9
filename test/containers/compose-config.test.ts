/** What `docker compose config` makes of the files: profiles, bounds, and what the GPU host runs. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ROOT } from './support/compose-project.ts';
import { run } from './support/run.ts';

const serviceSchema = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  ports: z
    .array(z.looseObject({ host_ip: z.string().optional(), target: z.number(), published: z.string() }))
    .default([]),
  volumes: z.array(z.looseObject({ target: z.string(), read_only: z.boolean().optional() })).default([]),
  networks: z.record(z.string(), z.looseObject({ aliases: z.array(z.string()).optional() }).nullable()),
  command: z.array(z.string()).nullish(),
  entrypoint: z.array(z.string()).nullish(),
});
const networkSchema = z.looseObject({
  internal: z.boolean().default(false),
  driver_opts: z.record(z.string(), z.string()).default({}),
});
const configSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), networkSchema),
});
type Config = z.infer<typeof configSchema>;
type Services = Config['services'];

/** @param args of `docker compose`; without any, what `docker compose up` runs */
async function configOf(...args: string[]): Promise<Config> {
  const options = ['compose', '--project-directory', ROOT, ...args, 'config', '--format', 'json'];
  return configSchema.parse(JSON.parse(await run('docker', options)));
}

const servicesOf = async (...args: string[]): Promise<Services> => (await configOf(...args)).services;

const GPU_HOST = ['--env-file', `${ROOT}/compose/gpu.env.example`, '--profile', 'gpu'];
let cpu: Services;
let gpu: Services;
let gpuHost: Services;

beforeAll(async () => {
  [cpu, gpu, gpuHost] = await Promise.all([servicesOf(), servicesOf('--profile', 'gpu'), servicesOf(...GPU_HOST)]);
});

const published = (services: Services): string[] =>
  Object.entries(services).flatMap(([name, { ports }]) =>
    ports.map(({ host_ip, published: port }) => `${name} ${host_ip}:${port}`),
  );

describe('the profile cpu', () => {
  it('is what runs unless another is named', () => {
    expect(Object.keys(cpu).sort()).toEqual(['agentcore', 'gtts-proxy', 'local-aws', 'vllm-cpu']);
    expect(cpu['vllm-cpu']?.networks['model']?.aliases).toEqual(['vllm']);
  });

  it('is reached on this machine alone, at the API, the page and local AWS', () => {
    expect(published(cpu).sort()).toEqual([
      'agentcore 127.0.0.1:5000',
      'local-aws 127.0.0.1:4566',
      'local-aws 127.0.0.1:8080',
    ]);
  });
});

describe('the profile gpu', () => {
  it('has the real model and no local AWS', () => {
    expect(Object.keys(gpu).sort()).toEqual(['agentcore', 'gtts-proxy', 'vllm']);
    expect(Object.keys(gpuHost).sort()).toEqual(['agentcore', 'gtts-proxy', 'vllm']);
  });

  it('publishes no port but that of AgentCore', () => {
    expect(published(gpu)).toEqual(['agentcore 127.0.0.1:5000']);
    expect(published(gpuHost)).toEqual(['agentcore 10.0.0.10:5000']);
  });

  it('serves the model with its context, its audio limit and prefix caching', () => {
    expect(gpu['vllm']).toMatchObject({
      entrypoint: ['vllm', 'serve'],
      command: [
        '/opt/models/qwen-omni',
        '--served-model-name=qwen-omni',
        '--host=0.0.0.0',
        '--port=8000',
        '--max-model-len=16384',
        '--limit-mm-per-prompt={"audio":2,"image":0,"video":0}',
        '--dtype=auto',
        '--gpu-memory-utilization=0.9',
        '--enable-prefix-caching',
      ],
    });
  });

  it('reserves the GPU and shares memory with the host', () => {
    expect(gpu['vllm']).toMatchObject({
      ipc: 'host',
      deploy: { resources: { reservations: { devices: [{ driver: 'nvidia', count: 1, capabilities: ['gpu'] }] } } },
    });
  });

  it('mounts the model read-only and keeps what it compiles', () => {
    const volumes = gpu['vllm']?.volumes ?? [];
    expect(volumes.find(({ target }) => target === '/opt/models/qwen-omni')).toMatchObject({
      type: 'bind',
      source: '/opt/models/qwen-omni',
      read_only: true,
    });
    expect(volumes.find(({ target }) => target === '/cache')).toMatchObject({ type: 'volume', source: 'vllm-cache' });
  });

  it('gives a cold load time before it is called ill', () => {
    expect(gpu['vllm']).toMatchObject({ healthcheck: { start_period: '15m0s' } });
  });

  it('takes the data type from the environment, for a GPU without bfloat16', async () => {
    const options = ['compose', '--project-directory', ROOT, '--profile', 'gpu', 'config', '--format', 'json'];
    const config = configSchema.parse(JSON.parse(await run('docker', options, { VLLM_DTYPE: 'half' })));
    expect(config.services['vllm']?.command).toContain('--dtype=half');
  });

  it('uses AWS itself on the host, with the rights of its role', () => {
    const environment = gpuHost['agentcore']?.environment ?? {};
    expect(environment).toMatchObject({
      AWS_ENDPOINT_URL: '',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      PUBLIC_AWS_URL: '',
      AUDIO_BUCKET: 'synapscribe-audio-123456789012',
      CONNECTIONS_ENDPOINT: 'https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/Prod',
    });
    expect(JSON.stringify(environment)).not.toContain('local-aws');
  });
});

const networksOf = (services: Services): Record<string, string[]> =>
  Object.fromEntries(Object.entries(services).map(([name, { networks }]) => [name, Object.keys(networks).sort()]));
const BRIDGE_NAME = 'com.docker.network.bridge.name';

describe('the networks', () => {
  const FILES = ['-f', `${ROOT}/compose.yaml`, '-f', `${ROOT}/compose/host.yaml`];
  const PROFILES = ['--profile', 'gpu', '--profile', 'observability'];

  it('let AgentCore alone onto the one that leads to the metadata of a host', async () => {
    const { services, networks } = await configOf(...GPU_HOST, ...FILES, ...PROFILES);
    expect(networksOf(services)).toEqual({
      agentcore: ['default', 'model', 'voice'],
      'gtts-proxy': ['voice'],
      vllm: ['model'],
      prometheus: ['metrics', 'model', 'voice'],
      grafana: ['metrics'],
    });
    // The kernel takes names of up to 15 characters.
    const bridges = Object.entries(networks).map(([name, { driver_opts: options }]) => [name, options[BRIDGE_NAME]]);
    expect(Object.fromEntries(bridges)).toEqual({
      default: 'syn-agent',
      voice: 'syn-voice',
      model: 'syn-model',
      metrics: 'syn-metrics',
    });
    expect(Object.keys(networks).filter((name) => networks[name]?.internal)).toEqual(['model']);
  });

  it('keep that one for AgentCore where the model and the voice are opened', async () => {
    const services = await servicesOf(...GPU_HOST, ...FILES, '-f', `${ROOT}/compose/open-ports.yaml`);
    const names = Object.entries(networksOf(services)).filter(([, networks]) => networks.includes('default'));
    expect(names.map(([name]) => name)).toEqual(['agentcore']);
  });

  it('are AgentCore’s way out by their names: `default` comes first of those that lead out', async () => {
    const { services, networks } = await configOf(...PROFILES);
    const [first] = (networksOf(services)['agentcore'] ?? []).filter((name) => networks[name]?.internal === false);
    expect(first).toBe('default');
  });

  it('have no bridges with fixed names elsewhere, so that several projects run beside each other', async () => {
    const { networks } = await configOf('--profile', 'cpu', ...PROFILES);
    expect(Object.keys(networks).sort()).toEqual(['default', 'metrics', 'model', 'voice']);
    for (const { driver_opts: options } of Object.values(networks)) expect(options).toEqual({});
  });

  it('have Prometheus beside all that it scrapes', async () => {
    const networks = networksOf(await servicesOf('--profile', 'cpu', '--profile', 'observability'));
    const scraped = Object.keys(networks).filter((name) => name !== 'grafana' && name !== 'prometheus');
    expect(scraped).toHaveLength(4);
    for (const name of scraped) {
      expect(networks[name]?.filter((network) => networks['prometheus']?.includes(network))).not.toEqual([]);
    }
  });
});

it('does not start AgentCore without a bucket and an endpoint to post to', async () => {
  await expect(servicesOf('--env-file', '/dev/null', '--profile', 'gpu')).rejects.toThrow(
    /AGENTCORE_(AUDIO_BUCKET|CONNECTIONS_ENDPOINT)/,
  );
});

it('opens the model and the voice where one asks for it', async () => {
  const files = ['-f', `${ROOT}/compose.yaml`, '-f', `${ROOT}/compose/open-ports.yaml`];
  expect(published(await servicesOf(...files)).sort()).toEqual([
    'agentcore 127.0.0.1:5000',
    'gtts-proxy 127.0.0.1:8001',
    'local-aws 127.0.0.1:4566',
    'local-aws 127.0.0.1:8080',
    'vllm-cpu 127.0.0.1:8000',
  ]);
});

it.each(['agentcore', 'gtts-proxy', 'vllm-cpu', 'local-aws'])(
  'gives %s a first process that hears a stop while Node still starts',
  (name) => expect(cpu[name]).toMatchObject({ init: true }),
);

it('gives the voice a place for what it has said, and a bound for that', () => {
  expect(cpu['gtts-proxy']?.volumes).toMatchObject([{ type: 'volume', source: 'speech', target: '/cache' }]);
  expect(cpu['gtts-proxy']?.environment).toMatchObject({ TTS_CACHE_MAX_BYTES: '268435456' });
});

it('defines agentcore and gtts-proxy once for both profiles', () => {
  expect(gpu['agentcore']).toEqual(cpu['agentcore']);
  expect(gpu['gtts-proxy']).toEqual(cpu['gtts-proxy']);
});

it.each(['agentcore', 'gtts-proxy', 'vllm-cpu', 'local-aws', 'vllm', 'prometheus', 'grafana'])(
  'bounds %s, takes its rights away, and brings it back when it fails',
  async (name) => {
    const all = await servicesOf('--profile', 'cpu', '--profile', 'gpu', '--profile', 'observability');
    expect(all[name]).toMatchObject({
      restart: 'unless-stopped',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.stringMatching(/^\d+$/),
      pids_limit: expect.any(Number),
      logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
      healthcheck: { test: expect.any(Array) },
      stop_grace_period: expect.any(String),
    });
    for (const { host_ip } of all[name]?.ports ?? []) expect(host_ip).toBe('127.0.0.1');
  },
);
