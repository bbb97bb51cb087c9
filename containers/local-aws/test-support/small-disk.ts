/**
 * For tests: a disk of a few megabytes that can be filled. It is a tmpfs in a mount namespace of its own, so that it
 * needs no root and goes with the process that holds it; others reach it through that process's `/proc/<pid>/root`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const UNSHARE = ['--user', '--map-root-user', '--mount'];

export interface SmallDisk {
  path: string;
  /** Leaves not one byte. */
  fill: () => Promise<void>;
  free: () => Promise<void>;
  release: () => Promise<void>;
}

/** Linux, where its users may make namespaces. */
export const canMountSmallDisk = (): boolean =>
  spawnSync('unshare', [...UNSHARE, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;

export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const script = `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && echo mounted && exec cat`;
  // It ends with its stdin, and so with this process.
  const holder = spawn('unshare', [...UNSHARE, 'sh', '-c', script, tmpdir()], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(createInterface({ input: holder.stdout }), 'line');
  const path = join('/proc', String(holder.pid), 'root', tmpdir());
  const filler = join(path, 'filler');
  return {
    path,
    fill: async () => {
      const file = await open(filler, 'a');
      for (const size of [65_536, 512]) while (await fits(() => file.write(Buffer.alloc(size)))) continue;
      await file.close();
    },
    free: () => rm(filler, { force: true }),
    release: async () => {
      const exited = once(holder, 'exit');
      holder.stdin.end();
      await exited;
    },
  };
}

async function fits(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
