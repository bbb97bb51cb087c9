/** A process that keeps one answer after the other, several at once, until it is killed. Argument: the folder. */
import { createHash } from 'node:crypto';
import { createLogger } from '../../service-kit/logger.ts';
import { DiskStore } from '../cache/disk-store.ts';

const AT_ONCE = 4;
const folder = process.argv[2] ?? '';
const store = await DiskStore.open({ folder, maxBytes: 1024 ** 3, log: createLogger('keep-forever', 'silent') });
let next = 0;

async function keepForever(): Promise<never> {
  for (;;) {
    const i = next++;
    const key = createHash('sha256').update(String(i)).digest('hex');
    await store.keep(key, Buffer.alloc(100_000 + i * 1000, key));
    process.stdout.write(`${i}\n`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, keepForever));
