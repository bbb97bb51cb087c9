/** The compose project with the profiles `cpu` and `observability`, without Grafana: on ports of its own. */
import { z } from 'zod';
import { freePorts } from '../../../cli/free-ports.ts';
import { ROOT, TEST_IMAGES } from './compose-project.ts';
import { ensurePrometheusImage } from './prometheus-image.ts';
import { run } from './run.ts';

const PORTS = ['SYNAPSCRIBE_PORT', 'SYNAPSCRIBE_AWS_PORT', 'PROMETHEUS_PORT', 'GRAFANA_PORT'] as const;
/** Docker takes a free one of a range for each container. */
const AGENTCORE_PORTS = '42100-42199';

const serviceSchema = z.looseObject({
  image: z.string().optional(),
  ports: z.array(z.looseObject({ host_ip: z.string().optional(), target: z.number() })).optional(),
});
const configSchema = z.object({ services: z.record(z.string(), serviceSchema) });
export type ComposeService = z.infer<typeof serviceSchema>;

export class ObservedProject {
  /** By name, as Compose reads them. */
  readonly services: Record<string, ComposeService>;
  readonly webSocketUrl: string;
  readonly prometheusUrl: string;
  readonly #compose: (args: readonly string[]) => Promise<string>;

  static async start(): Promise<ObservedProject> {
    const ports = await freePorts(PORTS.length);
    const env: Record<string, string> = { ...TEST_IMAGES, AGENTCORE_PORT: AGENTCORE_PORTS };
    for (const [i, name] of PORTS.entries()) env[name] = String(ports[i]);
    const options = ['-p', `observed-${process.pid}`, '--profile', 'cpu', '--profile', 'observability'];
    const compose = (args: readonly string[]) =>
      run('docker', ['compose', '--project-directory', ROOT, ...options, ...args], env);
    const { services } = configSchema.parse(JSON.parse(await compose(['config', '--format', 'json'])));
    const project = new ObservedProject(services, env, compose);
    await ensurePrometheusImage(services['prometheus']?.image ?? '');
    try {
      await project.up('--build');
    } catch (error) {
      await project.stop();
      throw error;
    }
    return project;
  }

  private constructor(
    services: Record<string, ComposeService>,
    env: Record<string, string>,
    compose: (args: readonly string[]) => Promise<string>,
  ) {
    this.services = services;
    this.webSocketUrl = `ws://127.0.0.1:${env['SYNAPSCRIBE_PORT'] ?? ''}/Prod`;
    this.prometheusUrl = `http://127.0.0.1:${env['PROMETHEUS_PORT'] ?? ''}`;
    this.#compose = compose;
  }

  /** Brings everything up and waits until it is healthy. */
  async up(...options: string[]): Promise<void> {
    const names = Object.keys(this.services).filter((name) => name !== 'grafana');
    await this.#compose(['up', '--detach', '--wait', ...options, ...names]);
  }

  async stopService(name: string): Promise<void> {
    await this.#compose(['stop', name]);
  }

  /** @returns what the command wrote to stdout */
  async execute(service: string, ...command: string[]): Promise<string> {
    return await this.#compose(['exec', '--no-TTY', service, ...command]);
  }

  async stop(): Promise<void> {
    await this.#compose(['down', '--volumes', '--timeout', '5']);
  }
}
