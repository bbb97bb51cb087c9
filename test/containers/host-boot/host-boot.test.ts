/** What a GPU host does at its first boot and after each deploy, run for real in a container. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { buildHostImage, Host } from './host.ts';
import { buildRelease, type Release } from './release.ts';

const MODEL = '/opt/models/qwen-omni';
const WEIGHTS = `${MODEL}/model-00001-of-00001.safetensors`;
/** That Compose is asked to bring up, whichever the release. */
const UP = ' up --detach --no-build --remove-orphans --wait --wait-timeout 1500';

let first: Release;
let second: Release;
let third: Release;
let host: Host;

beforeAll(async () => {
  await buildHostImage();
  [first, second, third] = await Promise.all([buildRelease(), buildRelease('second'), buildRelease('third')]);
  host = await Host.start(first);
}, 340_000);
beforeEach(async () => await host.reset());
afterAll(async () => await host.end());

async function expectBoot(): Promise<string> {
  const outcome = await host.boot();
  expect(outcome).toMatchObject({ exitCode: 0 });
  return outcome.output;
}

/** @returns the sentence with which it ended */
async function expectRefusal(sentence: RegExp): Promise<void> {
  const { exitCode, output } = await host.boot();
  expect(output.trim().split('\n').at(-1)).toMatch(sentence);
  expect(exitCode).not.toBe(0);
}

const current = async (): Promise<string> => (await host.shell('readlink /opt/synapscribe/current')).trim();
const folder = (release: Release): string => `/opt/synapscribe/releases/${release.sha256}`;
const tag = (release: Release): string => release.sha256.slice(0, 12);
const builds = (commands: string[]): string[] => commands.filter((command) => command.endsWith(' build'));
const starts = (commands: string[]): string[] => commands.filter((command) => command.endsWith(UP));

describe('a first boot', () => {
  it('fetches the release and the model, builds the images, starts the service and ends when AgentCore is ready', async () => {
    const output = await expectBoot();
    expect(output).toMatch(/ Ready: [0-9a-f]{12}\.\n$/);
    expect(await current()).toBe(folder(first));
    const commands = await host.commands();
    const files = ['compose.yaml', 'compose/host.yaml', 'compose/cloudwatch.yaml'];
    const compose = (release: string, etc: string): string =>
      `docker compose --env-file ${etc}/compose.env ${files.map((f) => `-f ${release}/${f}`).join(' ')} --profile gpu`;
    const inOrder = [
      'aws ssm get-parameter --region eu-west-1 --name /synapscribe/host/settings --query Parameter.Value --output text',
      `${compose(folder(first), '/etc/synapscribe/next')} --progress plain build`,
      `docker tag synapscribe/vllm:${tag(first)} synapscribe/vllm:current`,
      'systemctl enable synapscribe-firewall.service synapscribe.service',
      'systemctl reload-or-restart synapscribe.service',
      `${compose('/opt/synapscribe/current', '/etc/synapscribe')} --progress plain${UP}`,
      'systemctl enable synapscribe-spot-drain.service',
    ];
    expect(commands.filter((command) => inOrder.includes(command))).toEqual(inOrder);
  });

  it('gives Compose its settings, for root alone, and vLLM its model, for anyone', async () => {
    const digest = Host.modelDigest(await expectBoot());
    expect(await host.read('/etc/synapscribe/compose.env')).toBe(
      `${[
        'COMPOSE_PROFILES=gpu',
        'SYNAPSCRIBE_TAG=current',
        'AGENTCORE_BIND=127.0.0.1',
        'AGENTCORE_AWS_REGION=eu-west-1',
        'AGENTCORE_AUDIO_BUCKET=synapscribe-audio-123456789012',
        'AGENTCORE_SESSIONS_TABLE=SynapScribe-Sessions',
        'AGENTCORE_CONNECTIONS_ENDPOINT=https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/Prod',
        'CLOUDWATCH_METRICS_NAMESPACE=SynapScribe',
        'LLM_CONTEXT_TOKENS=16384',
        'VLLM_DTYPE=auto',
        'VLLM_MEMORY=28g',
        'LOG_GROUP_PREFIX=/synapscribe',
        'SYNAPSCRIBE_INSTANCE_ID=i-0123456789abcdef0',
        `SYNAPSCRIBE_MODEL_SHA256=${digest}`,
      ].join('\n')}\n`,
    );
    const modes = 'stat -c "%a %n" /etc/synapscribe/compose.env /etc/synapscribe/settings.env';
    expect(await host.shell(modes)).toBe('600 /etc/synapscribe/compose.env\n600 /etc/synapscribe/settings.env\n');
    expect(await host.shell(`cd ${MODEL} && find . -printf '%m %p\n' | sort`)).toBe(
      ['644 ./config.json', '644 ./model-00001-of-00001.safetensors', '644 ./voices/list.txt', '755 .', '755 ./voices']
        .map((line) => `${line}\n`)
        .join(''),
    );
    // What `sha256sum` says of the files, in order, is what the digest is of.
    const listed = `cd ${MODEL} && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum`;
    expect((await host.shell(listed)).slice(0, 64)).toBe(digest);
  });

  it('lets AgentCore alone out of the containers to the metadata, by one rule, whenever it is asked', async () => {
    await expectBoot();
    const rules = 'iptables -S DOCKER-USER';
    const expected = '-N DOCKER-USER\n-A DOCKER-USER -d 169.254.169.254/32 ! -i syn-agent -j DROP\n';
    expect(await host.shell(rules)).toBe(expected);
    expect(await host.shell(`/opt/synapscribe/current/cdktf/host/firewall.sh; ${rules}`)).toBe(expected);
  });

  it('fails where AgentCore does not get ready, and says where to look', async () => {
    await host.write('/cloud/not-ready', '');
    await expectRefusal(/AgentCore is not ready after 2 s: http:\/\/127\.0\.0\.1:5000\/ready says why\.$/);
  });

  it('says how much disk is missing, before it begins to build', async () => {
    await host.write('/cloud/free-gb', '23');
    await expectRefusal(/The build of the images needs 30 GB on the disk, and 23 GB are free: 7 GB are missing\.$/);
    expect(builds(await host.commands())).toEqual([]);
  });

  it('makes keys once for a model and a voice that are opened', async () => {
    await host.set({ OPEN_MODEL_PORTS: '1' });
    await expectBoot();
    const env = await host.read('/etc/synapscribe/compose.env');
    expect(env).toMatch(/^SYNAPSCRIBE_VLLM_API_KEY=([0-9a-f]{64})\nLLM_API_KEY=\1\nTTS_API_KEY=\1$/m);
    expect(starts(await host.commands())[0]).toContain('/compose/open-ports.yaml');
    await expectBoot();
    expect(await host.read('/etc/synapscribe/compose.env')).toBe(env);
  });
});

it('changes nothing when it runs again', async () => {
  await expectBoot();
  const state = await host.state();
  await host.commands();
  await expectBoot();
  expect((await host.commands()).filter((command) => !command.startsWith('aws ssm get-parameter'))).toEqual([]);
  await host.shell('touch /cloud/commands; rm /cloud/commands; touch /cloud/commands');
  expect(await host.state()).toBe(state);
});

it('runs once where two come at once: the second waits, and finds nothing to do', async () => {
  const outcomes = await Promise.all([host.boot(), host.boot()]);
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const commands = await host.commands();
  expect(builds(commands)).toHaveLength(1);
  expect(starts(commands)).toHaveLength(1);
});

it('starts the service again where someone has stopped it', async () => {
  await expectBoot();
  await host.shell('systemctl stop synapscribe.service');
  await host.commands();
  await expectBoot();
  const commands = await host.commands();
  expect(starts(commands)).toHaveLength(1);
  expect(builds(commands)).toHaveLength(0);
});

describe('a deploy', () => {
  beforeEach(async () => {
    await expectBoot();
    await host.commands();
  });

  it('brings another release, and keeps the one before it alone', async () => {
    await host.publish(second);
    await expectBoot();
    expect(await current()).toBe(folder(second));
    await host.publish(third);
    await expectBoot();
    expect(await current()).toBe(folder(third));
    const listed = (paths: string): string[] => paths.trim().split('\n').sort();
    expect(listed(await host.shell('ls /opt/synapscribe/releases'))).toEqual([second.sha256, third.sha256].sort());
    expect(listed(await host.shell('ls /cloud/images | grep vllm'))).toEqual(
      [tag(second), tag(third), 'current'].map((name) => `synapscribe_vllm:${name}`).sort(),
    );
    expect(await host.read('/cloud/images/synapscribe_vllm:current')).toMatch(/# third\n$/);
  });

  it('whose images do not build leaves the release that runs as it was, also for its next start', async () => {
    await host.publish(second);
    await host.set({ VLLM_MEMORY: '20g' });
    await host.write('/cloud/build-fails', '');
    const running = 'cat /etc/synapscribe/*.env /cloud/images/*:current; readlink /opt/synapscribe/current';
    const before = await host.shell(running);
    await expectRefusal(/The images of [0-9a-f]{12} could not be built\. What runs is left as it was\.$/);
    expect(await host.shell(running)).toBe(before);
    expect(starts(await host.commands())).toEqual([]);
    await host.remove('/cloud/build-fails');
    await expectBoot();
    expect(await current()).toBe(folder(second));
  });

  it('of other settings alone builds nothing, and has the service take them', async () => {
    await host.set({ VLLM_DTYPE: 'half', PURCHASE: 'on-demand' });
    await expectBoot();
    const commands = await host.commands();
    expect(builds(commands)).toEqual([]);
    expect(starts(commands)).toHaveLength(1);
    expect(commands).toContain('systemctl disable --now synapscribe-spot-drain.service');
    expect(await host.read('/etc/synapscribe/compose.env')).toContain('VLLM_DTYPE=half\n');
  });

  it('that does not get healthy is tried again by the next run', async () => {
    await host.publish(second);
    await host.write('/cloud/unhealthy', '');
    await expectRefusal(/The service does not become healthy/);
    await host.remove('/cloud/unhealthy');
    await host.commands();
    await expectBoot();
    expect(starts(await host.commands())).toHaveLength(1);
  });
});

describe('what is not what it should be', () => {
  it('is refused: a release of another SHA-256, before anything of it is unpacked', async () => {
    await host.write(`/cloud/bucket/${first.sha256}.tar.gz`, second.bytes);
    await expectRefusal(/The release in S3 is not the one that the settings name: its SHA-256 differs\.$/);
    expect(await host.shell('ls -A /opt/synapscribe/releases')).toBe('');
  });

  it('is refused and deleted: a file of the model; the next run fetches it', async () => {
    await host.write('/cloud/hub-lies', '');
    await expectRefusal(/The model's file config\.json is not what the hub says that it is; it is deleted/);
    expect(await host.shell('find /opt/models -type f')).toBe('');
    await host.remove('/cloud/hub-lies');
    await expectBoot();
  });

  it('is refused and deleted: a model of another digest than the settings name', async () => {
    await host.set({ MODEL_SHA256: 'ab'.repeat(32) });
    await expectRefusal(/The model that was fetched is not the one in MODEL_SHA256; it is deleted\./);
    expect(await host.shell('ls -A /opt/models')).toBe('');
  });

  it('is refused: a path of the model that leads out of its folder', async () => {
    const oid = '0'.repeat(40);
    await host.write('/cloud/hub-tree', JSON.stringify([{ type: 'file', path: '../../etc/cron.d/x', size: 1, oid }]));
    await expectRefusal(/The hub does not tell the model's files\.$/);
  });

  it('is refused without being told: a setting that could be more than a value', async () => {
    await expectBoot();
    const state = await host.state();
    const good = await host.read('/cloud/settings');
    const hostile: [string, string, RegExp][] = [
      ['VLLM_MEMORY', '28g$(touch /pwned)', /The setting VLLM_MEMORY has a value that is not allowed\.$/],
      ['SESSIONS_TABLE', 'a`touch /pwned`', /The setting SESSIONS_TABLE has a value that is not allowed\.$/],
      ['LOG_GROUP_PREFIX', '/x|e touch /pwned', /The setting LOG_GROUP_PREFIX has a value that is not allowed\.$/],
      ['CONNECTIONS_ENDPOINT', 'https://x/${HOME}', /CONNECTIONS_ENDPOINT has a value that is not allowed\.$/],
      ['MODEL_REVISION', '../../../main', /The setting MODEL_REVISION has a value that is not allowed\.$/],
      ['AUDIO_BUCKET', 'a-bucket\nLD_PRELOAD=/x.so', /Line 6 of the settings has a key that is not known\.$/],
      ['PURCHASE', 'spot\nPURCHASE=spot', /The setting PURCHASE is given twice\.$/],
      ['VLLM_DTYPE', '', /The setting VLLM_DTYPE has a value that is not allowed\.$/],
      ['ASSET_KEY', 'host/$(touch /pwned)', /ASSET_KEY in \/synapscribe\/host\/settings is no object's key\.$/],
    ];
    for (const [key, value, sentence] of hostile) {
      await host.write(
        '/cloud/settings',
        good.replace(new RegExp(`^${key}=.*$`, 'm'), () => `${key}=${value}`),
      );
      await expectRefusal(sentence);
    }
    await host.write('/cloud/settings', good.replace(/^MODEL_ID=.*\n/m, ''));
    await expectRefusal(/The setting MODEL_ID is missing\.$/);
    expect(await host.state()).toBe(state);
    expect((await host.run('test', '-e', '/pwned')).exitCode).toBe(1);
  });
});

it('goes on with the model where the hub broke off', async () => {
  await host.write('/cloud/hub-breaks', '');
  await expectBoot();
  const asked = await host.shell('grep safetensors /cloud/hub');
  expect(asked).toMatch(/safetensors \n.*safetensors bytes=\d{3,}-\n$/);
  expect((await host.shell(`stat -c %s ${WEIGHTS}`)).trim()).toBe('400000');
});

describe('the drain', () => {
  const drain = '/opt/synapscribe/current/cdktf/host/drain.sh';

  it('stops the service at a spot notice, and starts it where the instance stays', async () => {
    await expectBoot();
    await host.commands();
    await host.runOn(drain);
    await host.write('/cloud/spot-notice', '{"action":"stop","time":"2026-11-28T12:00:00Z"}');
    await host.untilAsked('systemctl stop synapscribe.service');
    await host.untilAsked(' --progress plain stop');
    await host.remove('/cloud/spot-notice');
    await host.untilAsked('systemctl start --no-block synapscribe.service');
    expect((await host.commands()).filter((command) => command.startsWith('systemctl'))).toEqual([
      'systemctl stop synapscribe.service',
      'systemctl start --no-block synapscribe.service',
    ]);
  });

  it('tells an Auto Scaling group when a host is ready, once, and when it has drained', async () => {
    await host.set({ LIFECYCLE_HOOK: 'SynapScribe', PURCHASE: 'on-demand' });
    const complete = (action: string): string =>
      'aws autoscaling complete-lifecycle-action --region eu-west-1 --auto-scaling-group-name SynapScribe-Host' +
      ` --lifecycle-hook-name SynapScribe-${action} --instance-id i-0123456789abcdef0 --lifecycle-action-result CONTINUE`;
    await host.write('/cloud/group', 'SynapScribe-Host\tPending:Wait\n');
    await expectBoot();
    expect((await host.commands()).at(-1)).toBe(complete('launch'));
    await host.write('/cloud/group', 'SynapScribe-Host\tInService\n');
    await expectBoot();
    expect(await host.commands()).not.toContain(complete('launch'));

    await host.write('/cloud/target-state', 'InService');
    await host.runOn(drain);
    await host.write('/cloud/group', 'SynapScribe-Host\tTerminating:Wait\n');
    await host.write('/cloud/target-state', 'Terminated');
    await host.untilAsked(complete('terminate'));
    const commands = await host.commands();
    expect(commands.indexOf('systemctl stop synapscribe.service')).toBeLessThan(
      commands.indexOf(complete('terminate')),
    );
  });
});
