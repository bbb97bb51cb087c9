/** The profile `observability` on the running containers: everything is scraped, and the dashboard has what it shows. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SynapscribeClient } from '../../cli/client.ts';
import { readExpressions } from './support/dashboard.ts';
import { ObservedProject } from './support/observed-project.ts';
import { PrometheusClient, type Sample } from './support/prometheus-client.ts';
import { run } from './support/run.ts';

const MINUTES = 60_000;
const fixture = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const sample = (name: string): string => fixture(`../../samples/${name}`);

let project: ObservedProject;
let prometheus: PrometheusClient;

const jobsUp = async (): Promise<string[]> => {
  const targets = await prometheus.targets();
  return targets.filter(({ health }) => health === 'up').map(({ job }) => job);
};

beforeAll(async () => {
  project = await ObservedProject.start();
  prometheus = new PrometheusClient(project.prometheusUrl);
}, 10 * MINUTES);

afterAll(async () => {
  await project.stop();
}, MINUTES);

describe('Prometheus', () => {
  it('scrapes every service', async () => {
    const jobs = ['agentcore', 'gtts-proxy', 'local-aws', 'prometheus', 'vllm'];
    const up = await prometheus.until(jobsUp, (found) => found.length === jobs.length);
    expect(up.sort()).toEqual(jobs);
  });

  it('finds its rules to be right, and none of them fires', async () => {
    const rules = await prometheus.until(
      () => prometheus.rules(),
      (found) => found.every(({ health }) => health === 'ok'),
    );
    expect(rules.length).toBeGreaterThan(0);
    for (const { health, state } of rules) expect([health, state]).toEqual(['ok', expect.not.stringMatching('firing')]);
  });

  it('takes its configuration, and its rules fire when they should', async () => {
    const check = ['promtool', 'check', 'config', '/etc/prometheus/prometheus.yml'];
    expect(await project.execute('prometheus', ...check)).toContain('SUCCESS');
    const folder = fixture('../../compose/observability');
    const image = project.services['prometheus']?.image ?? '';
    const promtool = ['run', '--rm', '-v', `${folder}:/rules:ro`, '--entrypoint', '/bin/promtool', image];
    expect(await run('docker', [...promtool, 'test', 'rules', '/rules/rules.test.yml'])).toContain('SUCCESS');
  });
});

describe('after one question', () => {
  let client: SynapscribeClient;

  beforeAll(async () => {
    client = await SynapscribeClient.create(project.webSocketUrl, {});
    await client.connect();
    const lectureId = await client.uploadLecture(sample('honey-lecture.mp3'), {
      title: 'Honey',
      filename: 'honey-lecture.mp3',
      contentType: 'audio/mpeg',
    });
    await client.waitUntilReady(lectureId);
    await client.ask({ lectureId, audio: { bytes: await readFile(sample('question-1.wav')), extension: 'wav' } });
  }, 3 * MINUTES);

  afterAll(async () => {
    await client.close();
  });

  it.each(readExpressions().filter(({ where }) => where !== 'Alerts'))(
    '"$where" has data: $expr',
    async ({ expr }) => {
      const expression = expr.replaceAll('$__range', '15m');
      // Of a route that nobody took there is no quantile.
      const isData = (samples: Sample[]) => samples.some(({ value }) => Number.isFinite(value));
      expect(isData(await prometheus.until(() => prometheus.query(expression), isData))).toBe(true);
    },
    MINUTES,
  );

  it('counts the question', async () => {
    const answered = () => prometheus.query('sum(increase(synapscribe_queries_total{outcome="done"}[15m]))');
    const [counted] = await prometheus.until(answered, ([first]) => first !== undefined && first.value > 0);
    expect(counted?.value).toBeGreaterThan(0);
  });

  it('knows which engine spoke', async () => {
    const { expr = '' } = readExpressions().find(({ where }) => where === 'Speech engine in use') ?? {};
    const [engine] = await prometheus.until(
      () => prometheus.query(expr),
      ([first]) => first !== undefined,
    );
    expect(engine?.labels['engine']).toMatch(/^(google|flite)$/);
  });

  it('marks alerts that fire, of which there are none', async () => {
    const { expr = '' } = readExpressions().find(({ where }) => where === 'Alerts') ?? {};
    expect(await prometheus.query(expr)).toEqual([]);
  });
});

describe('a service that comes and goes', () => {
  it(
    'is scraped three times where it runs three times',
    async () => {
      await project.up('--scale', 'agentcore=3', '--no-recreate');
      const up = await prometheus.until(jobsUp, (jobs) => jobs.filter((job) => job === 'agentcore').length === 3);
      expect(up.filter((job) => job === 'agentcore')).toHaveLength(3);
    },
    2 * MINUTES,
  );

  it(
    'is no target that stays red where a profile leaves it out',
    async () => {
      await project.stopService('local-aws');
      const gone = (targets: { job: string }[]) => targets.every(({ job }) => job !== 'local-aws');
      const targets = await prometheus.until(() => prometheus.targets(), gone);
      expect(targets.filter(({ job }) => job === 'local-aws')).toEqual([]);
    },
    MINUTES,
  );
});

describe('what watches', () => {
  it.each(['prometheus', 'grafana'])('%s is shut in', (name) => {
    const service = project.services[name];
    expect(service).toMatchObject({
      read_only: true,
      restart: 'unless-stopped',
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      image: expect.stringMatching(/:v?\d+\.\d+\.\d+$/),
      logging: { options: { 'max-size': '10m' } },
    });
    expect(service).toHaveProperty('mem_limit');
    expect(service).toHaveProperty('pids_limit');
    expect(service).toHaveProperty('healthcheck.test');
    expect(service?.ports?.map(({ host_ip }) => host_ip)).toEqual(['127.0.0.1']);
  });
});
