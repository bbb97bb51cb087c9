/** A host in a container, with stand-ins for what surrounds it. Every command has a time limit. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { renderHostSettings, type HostSettings } from '../../../cdktf/host/host-settings.ts';
import { renderUserData } from '../../../cdktf/host/user-data.ts';
import { ROOT } from '../support/compose-project.ts';
import type { Release } from './release.ts';

const execute = promisify(execFile);
const IMAGE = 'synapscribe-test/host';
const FOLDER = `${ROOT}/test/containers/host-boot`;
const COMMAND_SECONDS = 40;
const BUILD_SECONDS = 300;
const MODEL_SHA256 = /MODEL_SHA256=([0-9a-f]{64})/;

export interface Outcome {
  exitCode: number;
  /** Both streams. */
  output: string;
}

async function docker(args: string[], input: string | Buffer = '', seconds = COMMAND_SECONDS): Promise<Outcome> {
  const run = execute('docker', args, { timeout: seconds * 1_000, killSignal: 'SIGKILL', maxBuffer: 16 * 1024 * 1024 });
  run.child.stdin?.end(input);
  try {
    const { stdout, stderr } = await run;
    return { exitCode: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { exitCode: code, output: stdout + stderr };
  }
}

async function must(outcome: Promise<Outcome>): Promise<string> {
  const { exitCode, output } = await outcome;
  if (exitCode !== 0) throw new Error(output);
  return output;
}

export async function buildHostImage(): Promise<void> {
  await must(
    docker(['build', '-q', '-t', IMAGE, '-f', `${FOLDER}/host.Dockerfile`, `${FOLDER}/stand-ins`], '', BUILD_SECONDS),
  );
}

function settingsFor({ sha256 }: Release): HostSettings {
  return {
    ASSET_BUCKET: 'synapscribe-deploy-123456789012',
    ASSET_KEY: `host/${sha256}.tar.gz`,
    ASSET_SHA256: sha256,
    AWS_REGION: 'eu-west-1',
    AUDIO_BUCKET: 'synapscribe-audio-123456789012',
    SESSIONS_TABLE: 'SynapScribe-Sessions',
    CONNECTIONS_ENDPOINT: 'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/Prod',
    OPEN_MODEL_PORTS: '0',
    CLOUDWATCH_METRICS_NAMESPACE: 'SynapScribe',
    LOG_GROUP_PREFIX: '/synapscribe',
    VLLM_DTYPE: 'auto',
    VLLM_MEMORY: '28g',
    LLM_CONTEXT_TOKENS: '16384',
    MODEL_ID: 'Qwen/Qwen2.5-Omni-3B',
    MODEL_REVISION: 'main',
    MODEL_SHA256: '',
    PURCHASE: 'spot',
    LIFECYCLE_HOOK: '',
  };
}

export class Host {
  readonly #name = `host-boot-${randomUUID().slice(0, 8)}`;
  readonly #release: Release;
  #settings: HostSettings;

  /** @param release what the settings name */
  static async start(release: Release): Promise<Host> {
    const host = new Host(release);
    await must(docker(['run', '--detach', '--rm', '--init', '--cap-add=NET_ADMIN', `--name=${host.#name}`, IMAGE]));
    const patience = ['--retry', '50', '--retry-delay', '0', '--retry-all-errors', '--retry-max-time', '20'];
    await must(host.run('curl', '-sf', ...patience, '-o', '/dev/null', 'http://127.0.0.1:5000/ready'));
    const userData = renderUserData({ region: 'eu-west-1', settingsParameter: '/synapscribe/host/settings' });
    await host.write('/var/lib/cloud/part-001', userData);
    await host.write(`/bucket/${release.sha256}.tar.gz`, release.bytes);
    return host;
  }

  private constructor(release: Release) {
    this.#release = release;
    this.#settings = settingsFor(release);
  }

  /** A new instance's disk, and a cloud where everything works. */
  async reset(): Promise<void> {
    this.#settings = settingsFor(this.#release);
    const script = `
      if [ -e /cloud/pid ]; then kill "$(cat /cloud/pid)"; fi
      rm -rf /cloud /opt/synapscribe /opt/models /etc/synapscribe /etc/systemd/system/synapscribe* /var/log/synapscribe
      iptables -F && iptables -X
      mkdir -p /cloud/images /cloud/active && cp -r /bucket /cloud/bucket
      cat >/cloud/settings`;
    await must(docker(['exec', '--interactive', this.#name, 'bash', '-c', script], renderHostSettings(this.#settings)));
  }

  /** What a deploy does: the release goes to S3, and the settings name it. */
  async publish({ bytes, sha256 }: Release): Promise<void> {
    await this.write(`/cloud/bucket/${sha256}.tar.gz`, bytes);
    await this.set({ ASSET_SHA256: sha256, ASSET_KEY: `host/${sha256}.tar.gz` });
  }

  async set(changed: Partial<HostSettings>): Promise<void> {
    this.#settings = { ...this.#settings, ...changed };
    await this.write('/cloud/settings', renderHostSettings(this.#settings));
  }

  /** What cloud-init does at the first boot, and Systems Manager later. */
  async boot(): Promise<Outcome> {
    return await this.run('bash', '/var/lib/cloud/part-001');
  }

  async run(...command: string[]): Promise<Outcome> {
    return await docker(['exec', this.#name, 'timeout', String(COMMAND_SECONDS - 5), ...command]);
  }

  /** A command that goes on, until the reset. */
  async runOn(command: string): Promise<void> {
    await must(docker(['exec', '--detach', this.#name, 'bash', '-c', `echo $$ >/cloud/pid; exec ${command}`]));
  }

  async shell(script: string): Promise<string> {
    return await must(this.run('bash', '-c', script));
  }

  async read(path: string): Promise<string> {
    return await must(this.run('cat', path));
  }

  async write(path: string, content: string | Buffer): Promise<void> {
    const script = `mkdir -p "$(dirname '${path}')" && cat >'${path}'`;
    await must(docker(['exec', '--interactive', this.#name, 'bash', '-c', script], content));
  }

  async remove(path: string): Promise<void> {
    await must(this.run('rm', '-f', path));
  }

  /** What has been asked of AWS, Docker, systemd and the CloudWatch agent since the last call. */
  async commands(): Promise<string[]> {
    const text = await this.shell('touch /cloud/commands; cat /cloud/commands; rm /cloud/commands');
    return text.trim().split('\n');
  }

  /** Waits until a command has been asked for. Fails after ten seconds. */
  async untilAsked(command: string): Promise<void> {
    await this.shell(`timeout 10 bash -c 'until grep -qF "${command}" /cloud/commands; do sleep 0.05; done'`);
  }

  /** Everything that a boot may change: files with their content, owner, mode and time, links, images and the firewall. */
  async state(): Promise<string> {
    const folders = '/opt /etc /cloud/images /cloud/active';
    return await this.shell(
      `find ${folders} ! -type d -printf '%p %u %m %T@ %l\\n' | sort; find ${folders} -type d -printf '%p %u %m\\n' | sort
       find ${folders} -type f -exec sha256sum {} + | sort; ls /run /cloud; iptables -S`,
    );
  }

  static modelDigest(output: string): string {
    return MODEL_SHA256.exec(output)?.[1] ?? '';
  }

  async end(): Promise<void> {
    await must(docker(['rm', '--force', '--volumes', this.#name]));
  }
}
