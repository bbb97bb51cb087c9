/** What an image gets: each service runs from its folder alone, with nothing installed around it. */
import { spawn } from 'node:child_process';
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startChildService } from '../cli/child-service.ts';
import { freePorts } from '../cli/free-ports.ts';
import { SPOKEN_FORMATS } from '../gtts-proxy/speech-request.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Ended {
  code: number | null;
  stderr: string;
}

async function build(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/build.ts', ...args], { cwd: ROOT });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stderr };
}

async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('npm run build', () => {
  // Outside the project, so that no node_modules is found on the way up.
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'synapscribe-build-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const settings = async (service: string): Promise<NodeJS.ProcessEnv> => {
    const [port = 0, aws = 0] = await freePorts(2);
    const common = { PATH: process.env['PATH'], PORT: String(port), AWS_REGION: 'us-east-1' };
    const storage = { AUDIO_BUCKET: 'synapscribe-audio-local', SESSIONS_TABLE: 'SynapScribe-Sessions' };
    const unused = { CONNECTIONS_ENDPOINT: 'http://127.0.0.1:9/Prod', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local-secret' };
    const own: Record<string, NodeJS.ProcessEnv> = {
      agentcore: { ...storage, ...unused, ...keys },
      'gtts-proxy': { SPEECH_ENGINE: 'flite', FLITE_THREADS: '1' },
      'local-aws': { AWS_PORT: String(aws), DATA_DIR: join(folder, 'data') },
      'vllm-cpu': { STUB_ANSWER: 'The tide comes in at noon.' },
    };
    return { ...common, ...own[service] };
  };

  it.each(['agentcore', 'gtts-proxy', 'local-aws', 'vllm-cpu'])(
    'makes all that %s runs on',
    async (service) => {
      const outdir = join(folder, service);
      expect(await build(outdir, service)).toEqual({ code: 0, stderr: '' });
      expect((await readdir(outdir)).filter((name) => name !== 'node_modules')).toEqual([`${service}.mjs`]);
      const running = await startChildService({
        name: service,
        args: ['--disable-warning=ExperimentalWarning', join(outdir, `${service}.mjs`)],
        env: await settings(service),
      });
      expect((await fetch(`http://127.0.0.1:${running.port}/health`)).status).toBe(200);
      expect(await running.stop()).toMatchObject({ code: 0 });
    },
    60_000,
  );

  it('puts every encoder into the speech service, those with threads of their own too', async () => {
    const running = await startChildService({
      name: 'gtts-proxy',
      args: [join(folder, 'gtts-proxy', 'gtts-proxy.mjs')],
      env: await settings('gtts-proxy'),
    });
    for (const format of SPOKEN_FORMATS) {
      const response = await fetch(`http://127.0.0.1:${running.port}/v1/audio/speech`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'tts-1', voice: 'alloy', input: 'Hello there.', response_format: format }),
      });
      expect([format, response.status]).toEqual([format, 200]);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(1000);
    }
    expect(await running.stop()).toMatchObject({ code: 0, lastWords: '' });
  }, 60_000);

  it('takes native code for this platform alone', async () => {
    const outdir = join(folder, 'vllm-cpu');
    const native = (await files(outdir)).filter((path) => /\.(?:node|dylib|dll|so(?:\.\d+)?)$/.test(path));
    expect(native.length).toBeGreaterThanOrEqual(2);
    for (const path of native) expect(path).toContain(`/${process.platform}/${process.arch}/`);
  });

  it('leaves out what only installs', async () => {
    const packages = await readdir(join(folder, 'vllm-cpu', 'node_modules'));
    expect(packages.sort()).toEqual(['onnxruntime-common', 'onnxruntime-node']);
  });

  it('says what it can build, and builds nothing, where a service is not known', async () => {
    const outdir = join(folder, 'nothing');
    expect(await build(outdir, 'nothing')).toEqual({
      code: 2,
      stderr: 'Use: npm run build [-- outdir [service…]]. The services: vllm-cpu, gtts-proxy, agentcore, local-aws.\n',
    });
    await expect(access(outdir)).rejects.toThrow('ENOENT');
  });
});
