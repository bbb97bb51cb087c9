import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePorts } from './free-ports.ts';
import type { PortSetting } from './start-failure.ts';

const ROOT = join(import.meta.dirname, '..');
const MINUTE = 60_000;
type Ports = Record<PortSetting, string>;

/** What shells hold for other programs, and a developer's for AWS itself. */
const SHELL = {
  HOST: 'x86_64-conda-linux-gnu',
  LOG_LEVEL: 'warn',
  VLLM_API_KEY: 'of another server',
  AWS_PROFILE: 'nobody',
  AWS_SESSION_TOKEN: 'of AWS itself',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  AWS_USE_FIPS_ENDPOINT: 'true',
};

interface Run {
  process: ChildProcess;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Resolves once stdout holds `text`; rejects where the process ends before. */
  says: (text: string) => Promise<void>;
}

function run(script: string, args: string[], env: NodeJS.ProcessEnv): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'cli', script), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stdout.includes(text)) resolve();
      };
      child.stdout.on('data', look);
      look();
      void ended.then(() => reject(new Error(`It ended: ${stdout}${stderr}`)));
    });
  return { process: child, ended, says };
}

async function takePorts(): Promise<Ports> {
  const [PORT = 0, AWS_PORT = 0, AGENTCORE_PORT = 0, TTS_PORT = 0, VLLM_PORT = 0] = await freePorts(5);
  const ports = { PORT, AWS_PORT, AGENTCORE_PORT, TTS_PORT, VLLM_PORT };
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])) as Ports;
}

let folder: string;
let ports: Ports;
let first: Run;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synapscribe-start-'));
  ports = await takePorts();
  first = run('start.ts', [], { ...SHELL, ...ports, DATA_DIR: join(folder, 'data') });
  await first.says('\nready ');
}, 2 * MINUTE);
afterAll(async () => {
  first.process.kill('SIGINT');
  await first.ended;
  await rm(folder, { recursive: true, force: true });
}, MINUTE);

describe('npm start', () => {
  it(
    'is of use whatever the shell holds for other programs',
    async () => {
      const lecture = join(ROOT, 'test/fixtures/audio/austen-0880.flac');
      const url = `ws://127.0.0.1:${ports.PORT}/Prod`;
      const args = [lecture, 'What is it about?', '--url', url, '--out', join(folder, 'a.mp3')];
      const asked = run('ask.ts', args, { ...SHELL, DATA_DIR: folder });
      expect(await asked.ended).toMatchObject({ code: 0 });
    },
    MINUTE,
  );

  it.each(['PORT', 'AGENTCORE_PORT'] as const)(
    'names the setting for a port that is taken: %s',
    async (name) => {
      const others = { ...(await takePorts()), [name]: ports[name], DATA_DIR: join(folder, name) };
      const { code, stderr } = await run('start.ts', [], others).ended;
      expect(code).toBe(1);
      expect(stderr.trim().split('\n').at(-1)).toMatch(
        new RegExp(`^[\\w-]+: Port ${ports[name]} is already in use\\. Set ${name} to another\\.$`),
      );
    },
    MINUTE,
  );

  it.each([
    ['the same ports', () => Promise.resolve(ports)],
    ['other ports', takePorts],
  ])(
    'says that it runs already on the same data folder, at %s',
    async (_which, choose) => {
      const dataDir = join(folder, 'data');
      const { code, stderr } = await run('start.ts', [], { ...(await choose()), DATA_DIR: dataDir }).ended;
      expect(code).toBe(1);
      expect(stderr).toContain(
        `SynapScribe is running already on the data folder ${dataDir}. Stop it, or set DATA_DIR to another folder`,
      );
    },
    MINUTE,
  );

  it(
    'is stopped while it starts, and leaves nothing behind',
    async () => {
      const other = run('start.ts', [], { ...(await takePorts()), DATA_DIR: join(folder, 'other') });
      await other.says('http://');
      other.process.kill('SIGINT');
      const { code, stdout } = await other.ended;
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.not.stringContaining('ready') });
      const left = await readdir(join(ROOT, '.synapscribe/build'));
      expect(left.filter((name) => name.startsWith(`run-${other.process.pid}-`))).toEqual([]);
    },
    MINUTE,
  );
});
