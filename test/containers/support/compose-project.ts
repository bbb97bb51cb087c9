/** The compose project as a developer starts it, under a name and on ports of its own, and what can befall its containers. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DockerComposeEnvironment, getContainerRuntimeClient, Wait } from 'testcontainers';
import type { ContainerRuntimeClient, StartedDockerComposeEnvironment } from 'testcontainers';
import { z } from 'zod';
import { freePorts } from '../../../cli/free-ports.ts';
import { run } from './run.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** That all images of ours are made from. */
export const BASE_IMAGE = 'node:24-trixie-slim';
const START_TIMEOUT_MS = 120_000;

/** What is built here takes no names from a developer's own images. */
export const TEST_IMAGES = { SYNAPSCRIBE_IMAGES: 'synapscribe-test', SYNAPSCRIBE_TAG: 'test' };

export interface ComposeProjectOptions {
  /** Only `cpu` unless told. */
  profiles?: string[];
  /** Compose files on top of the root one; paths from the root. */
  overrides?: string[];
  /** How many containers of AgentCore; one unless told. */
  agentCores?: number;
}

export type Container = ReturnType<ContainerRuntimeClient['container']['getById']>;

export class ComposeProject {
  readonly webSocketUrl: string;
  readonly awsUrl: string;
  readonly name: string;
  readonly #env: Record<string, string>;
  readonly #arguments: string[];
  readonly #docker: ContainerRuntimeClient;
  readonly #environment: StartedDockerComposeEnvironment;

  /** Builds the images from the working tree, and resolves once every container is healthy. */
  static async start(options: ComposeProjectOptions = {}): Promise<ComposeProject> {
    const { profiles = ['cpu'], overrides = [], agentCores = 1 } = options;
    const name = `synapscribe-test-${randomUUID().slice(0, 8)}`;
    const [page = 0, aws = 0, agentcore = 0] = await freePorts(3);
    const env = {
      ...TEST_IMAGES,
      SYNAPSCRIBE_PORT: String(page),
      SYNAPSCRIBE_AWS_PORT: String(aws),
      // Docker takes a free one of a range for each container.
      AGENTCORE_PORT: agentCores === 1 ? String(agentcore) : '42000-42099',
    };
    const files = ['compose.yaml', ...overrides];
    const environment = new DockerComposeEnvironment(ROOT, files)
      .withProjectName(name)
      .withProfiles(...profiles)
      .withEnvironment(env)
      .withBuild()
      .withDefaultWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(START_TIMEOUT_MS)
      .withClientOptions({ commandOptions: ['--scale', `agentcore=${agentCores}`] });
    const started = await environment.up();
    const cli = [...files.flatMap((file) => ['-f', `${ROOT}/${file}`]), ...profiles.flatMap((p) => ['--profile', p])];
    return new ComposeProject(name, env, cli, await getContainerRuntimeClient(), started);
  }

  private constructor(
    name: string,
    env: Record<string, string>,
    cli: string[],
    docker: ContainerRuntimeClient,
    environment: StartedDockerComposeEnvironment,
  ) {
    this.name = name;
    this.#env = env;
    this.#arguments = ['compose', '--project-directory', ROOT, '-p', name, ...cli];
    this.#docker = docker;
    this.#environment = environment;
    this.webSocketUrl = `ws://127.0.0.1:${env['SYNAPSCRIBE_PORT']}/Prod`;
    this.awsUrl = `http://127.0.0.1:${env['SYNAPSCRIBE_AWS_PORT']}`;
  }

  /** `docker compose …` with the project's files and settings. @returns what it wrote to stdout */
  async compose(...args: string[]): Promise<string> {
    return await run('docker', [...this.#arguments, ...args], this.#env);
  }

  /** All containers of a service, running or not; of every service unless told. */
  async containers(service?: string): Promise<Container[]> {
    const label = [`com.docker.compose.project=${this.name}`];
    if (service !== undefined) label.push(`com.docker.compose.service=${service}`);
    const { dockerode } = this.#docker.container;
    const found = await dockerode.listContainers({ all: true, filters: { label } });
    return found.map(({ Id }) => dockerode.getContainer(Id));
  }

  /** The one container of a service. */
  async container(service: string): Promise<Container> {
    const [container] = await this.containers(service);
    if (container === undefined) throw new Error(`there is no container of ${service}`);
    return container;
  }

  /** `docker kill -s KILL`: the engine takes it as the wish that it be down, and does not start it again. */
  async kill(...containers: Container[]): Promise<void> {
    await Promise.all(containers.map((container) => container.kill({ signal: 'SIGKILL' }) as Promise<unknown>));
  }

  /** Ends the process as the kernel would when memory runs out: its restart policy brings it back. */
  async crash(container: Container): Promise<void> {
    const { State } = await container.inspect();
    const kill = ['run', '--rm', '--pid=host', '--user=0', '--cap-drop=ALL', '--cap-add=KILL', '--network=none'];
    await run('docker', [...kill, BASE_IMAGE, 'bash', '-c', `kill -KILL ${State.Pid}`]);
  }

  /** Starts what is down, and waits until all of the project is healthy. */
  async recover(): Promise<void> {
    for (const container of await this.containers()) {
      const { State } = await container.inspect();
      if (State.Paused) await container.unpause();
      if (!State.Running && !State.Restarting) await container.start();
    }
    await this.healthy();
  }

  /** Waits until every container is healthy. */
  async healthy(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (const container of await this.containers()) {
      while ((await container.inspect()).State.Health?.Status !== 'healthy') {
        if (Date.now() > deadline) throw new Error(`${container.id} is not healthy after ${START_TIMEOUT_MS} ms`);
        await sleep(100);
      }
    }
  }

  /** Cuts a service off one of the project's networks: packets to and from it vanish. @returns what joins it again */
  async cut(service: string, network: string): Promise<() => Promise<void>> {
    const container = await this.container(service);
    const name = `${this.name}_${network}`;
    const { NetworkSettings } = await container.inspect();
    const Aliases = z.array(z.string()).parse(NetworkSettings.Networks[name]?.Aliases);
    const cable = this.#docker.network.getById(name);
    await cable.disconnect({ Container: container.id, Force: true });
    return async () => {
      await cable.connect({ Container: container.id, EndpointConfig: { Aliases } });
    };
  }

  /** Runs a command in a container as its own user. @returns what it wrote; `exitCode` tells how it ended */
  async exec(container: Container, ...command: string[]): Promise<{ output: string; exitCode: number }> {
    return await this.#docker.container.exec(container, command);
  }

  /** A container's memory in bytes, without the files that the kernel merely keeps at hand: as `docker stats` counts. */
  async memoryOf(container: Container): Promise<number> {
    const { memory_stats } = await container.stats({ stream: false });
    const { usage, stats } = memory_stats;
    // By cgroup v1, then by v2.
    return usage - ((stats as { total_inactive_file?: number }).total_inactive_file ?? stats.inactive_file);
  }

  /** As the root user of the container, whatever user it runs as: without rights beyond reading. @returns its output */
  async execAsRoot(container: Container, ...command: string[]): Promise<string> {
    const { output } = await this.#docker.container.exec(container, command, { user: '0' });
    return output;
  }

  imageOf(service: string): string {
    return `${TEST_IMAGES.SYNAPSCRIBE_IMAGES}/${service}:${TEST_IMAGES.SYNAPSCRIBE_TAG}`;
  }

  async down(): Promise<void> {
    await this.#environment.down({ timeout: 1_000, removeVolumes: true });
  }
}
