import { expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

it('ends with its parent, though its last words have no reader', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'synapscribe-orphan-'));
  const script = join(folder, 'service.mts');
  await writeFile(
    script,
    `import { createLogger } from '${here}logger.ts';
     import { runService } from '${here}service.ts';
     const log = createLogger('orphan', 'info');
     await runService('orphan', async () => {
       log.info({ port: 1 }, 'listening');
       return { stop: async () => { for (let i = 0; i < 100; i++) log.info({ padding: 'x'.repeat(5_000) }, 'stopping'); } };
     });`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { ...process.env, EXIT_WITH_STDIN: 'true' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  try {
    await once(child.stdout, 'data');
    // What a parent's death does to its child's pipes.
    child.stdout.destroy();
    child.stdin.destroy();
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
});
