/** The embedded stack: the four services as child processes of this one, on one machine, with Node alone. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureModel } from '../containers/vllm-cpu/model.ts';
import { buildServices, type ServiceName } from '../scripts/build.ts';
import { makeBuildFolder } from './build-folder.ts';
import { builtPage } from './built-page.ts';
import { freePorts } from './free-ports.ts';
import { modelEnvironment, serviceEnvironment } from './service-environment.ts';
import { SupervisedService } from './supervised-service.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HOME = join(ROOT, '.synapscribe');

export interface StackPorts {
  vllm: number;
  tts: number;
  agentcore: number;
  aws: number;
  page: number;
}

export const DEFAULT_PORTS: StackPorts = { vllm: 8000, tts: 8001, agentcore: 5000, aws: 4566, page: 8080 };

export interface StackOptions {
  /** Where data and logs live; `.synapscribe` of the project unless told. */
  dataDir?: string;
  /** Where the speech model and bundles stay, whatever the data folder is; `.synapscribe` of the project unless told. */
  homeDir?: string;
  /** `free` takes whatever ports are free. */
  ports?: StackPorts | 'free';
  /** Added to every service's environment. */
  env?: NodeJS.ProcessEnv;
  /** Ends the start; `stop` ends a stack that has started. */
  signal?: AbortSignal;
  /** One sentence for a person: a service that went down or came back. */
  onLine?: (line: string) => void;
  onService?: (name: ServiceName, url: string) => void;
  onModelProgress?: (progress: { receivedBytes: number; totalBytes: number }) => void;
  /** Whether somebody may look at the page: unless told, yes. */
  page?: boolean;
  /** The page has to be built first: once, and after each change of its sources. */
  onPageBuild?: () => void;
  /** A service keeps going down: the stack cannot go on. */
  onGiveUp?: () => void;
}

export interface Stack {
  /** `ws://127.0.0.1:8080/Prod` */
  webSocketUrl: string;
  pageUrl: string;
  awsUrl: string;
  agentcoreUrl: string;
  llmUrl: string;
  logDir: string;
  stop: () => Promise<void>;
}

/**
 * @throws Error with one sentence for a person where a service does not start; the signal's reason. What had started is
 * stopped again.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { signal } = options;
  const homeDir = resolve(options.homeDir ?? HOME);
  const dataDir = resolve(options.dataDir ?? HOME);
  const logDir = join(dataDir, 'logs');
  const modelDir = join(homeDir, 'models', 'moonshine-tiny');
  await mkdir(logDir, { recursive: true });
  const buildDir = await makeBuildFolder(join(homeDir, 'build'));
  const started: SupervisedService[] = [];
  const stop = async (): Promise<void> => {
    // The gateway first, so that nothing new comes in; storage last, so that what runs can be kept.
    for (const service of [...started].reverse()) await service.stop();
    await rm(buildDir, { recursive: true, force: true });
  };
  // Nothing is served yet, so that they need not go in order.
  const onAbort = (): void => started.forEach((service) => void service.stop());
  signal?.addEventListener('abort', onAbort, { once: true });

  try {
    await ensureModel({
      dir: modelDir,
      ...(options.onModelProgress && { onProgress: options.onModelProgress }),
      ...(signal && { signal }),
    });
    const [webDir, bundles] = await Promise.all([
      options.page === false ? undefined : (process.env['WEB_DIR'] ?? pageOrNone(homeDir, options)),
      buildServices({ outdir: buildDir, withDependencies: false }),
    ]);
    const ports = await resolvePorts(options.ports ?? DEFAULT_PORTS);
    const url = (port: number): string => `http://127.0.0.1:${port}`;
    const start = async (name: ServiceName, port: number, env: NodeJS.ProcessEnv): Promise<void> => {
      signal?.throwIfAborted();
      const service = new SupervisedService(
        {
          name,
          args: ['--disable-warning=ExperimentalWarning', '--enable-source-maps', bundles[name] ?? ''],
          env: { ...serviceEnvironment(process.env), ...env, ...options.env },
          log: createWriteStream(join(logDir, `${name}.log`), { flags: 'a' }),
        },
        { tell: (line) => options.onLine?.(line), giveUp: () => options.onGiveUp?.() },
      );
      started.push(service);
      await service.start();
      options.onService?.(name, url(port));
    };
    const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local-secret', AWS_REGION: 'us-east-1' };
    const storage = { AUDIO_BUCKET: 'synapscribe-audio-local', SESSIONS_TABLE: 'SynapScribe-Sessions', ...credentials };

    await settleAll([
      start('local-aws', ports.aws, {
        ...storage,
        AWS_PORT: String(ports.aws),
        PORT: String(ports.page),
        DATA_DIR: join(dataDir, 'data'),
        AGENTCORE_ENDPOINT: url(ports.agentcore),
        ...(webDir !== undefined && { WEB_DIR: webDir }),
      }),
      start('vllm-cpu', ports.vllm, { PORT: String(ports.vllm), MODEL_DIR: modelDir }),
      start('gtts-proxy', ports.tts, {
        PORT: String(ports.tts),
        TTS_CACHE_DIR: process.env['TTS_CACHE_DIR'] ?? join(dataDir, 'speech'),
      }),
    ]);
    await start('agentcore', ports.agentcore, {
      ...storage,
      PORT: String(ports.agentcore),
      ...modelEnvironment(process.env, `${url(ports.vllm)}/v1`),
      TTS_BASE_URL: `${url(ports.tts)}/v1`,
      AWS_ENDPOINT_URL: url(ports.aws),
      CONNECTIONS_ENDPOINT: `${url(ports.page)}/Prod`,
    });
    return {
      webSocketUrl: `ws://127.0.0.1:${ports.page}/Prod`,
      pageUrl: url(ports.page),
      awsUrl: url(ports.aws),
      agentcoreUrl: url(ports.agentcore),
      llmUrl: url(ports.vllm),
      logDir,
      stop,
    };
  } catch (error) {
    await stop();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Without a page there is still the command line. */
async function pageOrNone(homeDir: string, { onPageBuild, onLine }: StackOptions): Promise<string | undefined> {
  try {
    return await builtPage({ root: ROOT, folder: join(homeDir, 'page'), onBuild: onPageBuild });
  } catch (error) {
    onLine?.(`The page could not be built: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Waits for all, so that nothing still starts while the rest is stopped; then throws the first failure. */
async function settleAll(starts: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function resolvePorts(ports: StackPorts | 'free'): Promise<StackPorts> {
  if (ports !== 'free') return ports;
  const [vllm, tts, agentcore, aws, page] = await freePorts(5);
  if (vllm === undefined || tts === undefined || agentcore === undefined || aws === undefined || page === undefined) {
    throw new Error('No free ports were found.');
  }
  return { vllm, tts, agentcore, aws, page };
}
