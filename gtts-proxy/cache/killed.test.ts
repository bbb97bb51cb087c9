import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { createLogger } from '../../service-kit/logger.ts';
import { DiskStore } from './disk-store.ts';

const PROGRAM = fileURLToPath(new URL('../test-support/keep-forever.ts', import.meta.url));

it('has only whole answers after its process was killed amid writing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'speech-cache-'));
  try {
    for (const kept of [1, 20, 60]) {
      const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let lines = 0;
      for await (const line of createInterface(child.stdout))
        if (line !== '' && ++lines === kept) child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');

      const store = await DiskStore.open({ folder, maxBytes: 1024 ** 3, log: createLogger('test', 'silent') });
      const names = await readdir(folder);
      expect(store.count).toBe(names.length);
      expect(store.count).toBeGreaterThanOrEqual(kept);
      for (const name of names) {
        const [key = '', bytes] = name.split('.');
        const chunks: Buffer[] = [];
        for await (const chunk of (await store.find(key)) ?? []) chunks.push(chunk);
        const answer = Buffer.concat(chunks);
        expect(answer).toHaveLength(Number(bytes));
        expect(answer.equals(Buffer.alloc(answer.length, key))).toBe(true);
      }
      await store.settle();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
