/**
 * The command that synthesizes, in copies of the project: the same bytes anywhere, and a change where it belongs. That
 * `npx cdktf synth` does the same, without credentials and network, is for .ci/run to show.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Synthesized } from './test-support/synthesized.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What the stack is made of, and nothing that a checkout has beside it. */
const PARTS = (name: string): boolean => !['.git', 'node_modules', 'cdktf.out', '.synapscribe', 'dist'].includes(name);
const TIME_LIMIT_MS = 120_000;
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synapscribe-copies-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function copyProject(name: string): Promise<string> {
  const copy = join(folder, name);
  await mkdir(copy, { recursive: true });
  for (const part of (await readdir(ROOT)).filter(PARTS))
    await cp(join(ROOT, part), join(copy, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** No credentials and no settings. That no network is needed either is for .ci/run to show, in a namespace without one. */
const bareEnvironment = (extra: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  CI: 'true',
  CHECKPOINT_DISABLE: '1',
  ...extra,
});

async function synth(project: string, env: Record<string, string> = {}): Promise<Map<string, string>> {
  await run(process.execPath, ['--import', 'tsx', 'cdktf/main.ts'], {
    cwd: project,
    env: bareEnvironment(env),
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  return digests(join(project, 'cdktf.out'));
}

/** Every file below a folder with its digest. */
async function digests(out: string): Promise<Map<string, string>> {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const digestOf = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  const named = files
    .sort()
    .map(async (path): Promise<[string, string]> => [path.slice(out.length + 1), await digestOf(path)]);
  return new Map(await Promise.all(named));
}

async function synthesized(project: string): Promise<Synthesized> {
  return new Synthesized(JSON.parse(await readFile(join(project, 'cdktf.out/stacks/synapscribe/cdk.tf.json'), 'utf8')));
}

/** Addresses of resources whose blocks differ. */
function changed(before: Synthesized, after: Synthesized): string[] {
  const blocks = (stack: Synthesized) =>
    new Map(stack.entries().map(({ type, name, block }) => [`${type}.${name}`, block]));
  const [old, now] = [blocks(before), blocks(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (address) => JSON.stringify(old.get(address)) !== JSON.stringify(now.get(address)),
  );
}

describe('two synths', () => {
  it(
    'are byte-identical, zips included, in other folders and time zones',
    async () => {
      const [first, second] = await Promise.all([
        copyProject('first').then((project) => synth(project, { TZ: 'Pacific/Auckland' })),
        copyProject('a/second copy').then((project) => synth(project, { TZ: 'America/New_York', LANG: 'de_DE.UTF-8' })),
      ]);
      expect([...first.keys()].filter((name) => /\.(?:zip|tar\.gz)$/.test(name))).toHaveLength(3);
      expect([...second]).toEqual([...first]);
    },
    2 * TIME_LIMIT_MS,
  );

  it(
    'differ by the one function whose handler was touched, by no function where AgentCore was, and not by the README',
    async () => {
      const project = join(folder, 'first');
      const before = await synthesized(project);
      const touch = async (...paths: string[]): Promise<string[]> => {
        for (const path of paths) await appendFile(join(project, path), '\nconsole.log("touched");\n');
        await synth(project);
        for (const path of paths) await cp(join(ROOT, path), join(project, path));
        return changed(before, await synthesized(project));
      };
      expect(await touch('cdktf/lambda/websocket-handler.ts', 'README.md')).toEqual([
        expect.stringMatching(/^aws_lambda_function\.websocket-handler/),
      ]);
      expect(await touch('cdktf/lambda/validate-lecture.ts')).toEqual([
        expect.stringMatching(/^aws_lambda_function\.validate-lecture/),
      ]);
      expect((await touch('agentcore/main.ts')).sort()).toEqual([
        expect.stringMatching(/^aws_s3_object\.release_object/),
        expect.stringMatching(/^aws_ssm_parameter\.release_settings/),
      ]);
    },
    5 * TIME_LIMIT_MS,
  );
});

describe('a wrong setting', () => {
  it('stops the synth with one sentence, and no stack trace', async () => {
    const failure = await run(process.execPath, ['--import', 'tsx', 'cdktf/main.ts'], {
      cwd: ROOT,
      env: bareEnvironment({ SYNAPSCRIBE_PURCHASE: 'stolen', CDKTF_OUTDIR: join(folder, 'wrong') }),
      timeout: TIME_LIMIT_MS,
    }).then(
      () => undefined,
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect(failure).toMatchObject({
      code: 1,
      stderr: 'Wrong settings: SYNAPSCRIBE_PURCHASE must be spot or on-demand.\n',
    });
  });
});
