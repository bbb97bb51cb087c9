import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synapscribe-service-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** Runs a service of which `body` is the start. */
async function spawnService(body: string, stdin: 'pipe' | 'ignore' = 'ignore') {
  const script = join(folder, 'service.mts');
  await writeFile(
    script,
    `import { createLogger } from '${here}logger.ts';
     import { runService } from '${here}service.ts';
     const log = createLogger('test', 'info');
     await runService('test', async () => { ${body} });`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, EXIT_WITH_STDIN: String(stdin === 'pipe') },
    stdio: [stdin, 'pipe', 'ignore'],
  });
  const { stdout } = child;
  if (stdout === null) throw new Error('the service has no output');
  return { child, stdout };
}

async function ended(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

it('ends with its parent, though its last words have no reader', async () => {
  const { child, stdout } = await spawnService(
    `log.info({ port: 1 }, 'listening');
     return { stop: async () => { for (let i = 0; i < 100; i++) log.info({ padding: 'x'.repeat(5_000) }, 'stopping'); } };`,
    'pipe',
  );
  try {
    await once(stdout, 'data');
    // What a parent's death does to its child's pipes.
    stdout.destroy();
    child.stdin?.destroy();
    expect(await ended(child)).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});

it('obeys a stop that comes while it starts, once it has started', async () => {
  const { child, stdout } = await spawnService(
    `log.info('starting');
     await new Promise((resolve) => setTimeout(resolve, 500));
     return { stop: async () => log.info('stopped') };`,
  );
  let said = '';
  stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  try {
    await once(stdout, 'data');
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(0);
    expect(said).toContain('"stopped"');
  } finally {
    child.kill('SIGKILL');
  }
});
