/**
 * Answers in a folder, a file each, the least recently heard deleted where they grow over a bound. A file gets its name,
 * which tells its length, only once it is whole: what a killed process or machine left behind is known by its name.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../../service-kit/logger.ts';

export interface DiskStoreOptions {
  folder: string;
  /** Of all files together. */
  maxBytes: number;
  log: Logger;
}

/** Bounds the index, and what is read at a start. */
const MAX_FILES = 50_000;
const FILE = /^(?<key>[0-9a-f]{64})\.(?<bytes>[1-9]\d{0,9})$/;
const UNFINISHED = /^tmp-[0-9a-f-]{36}$/;
const READ_BYTES = 64 * 1024;

export class DiskStore {
  readonly #folder: string;
  readonly #log: Logger;
  /** Lengths by key, the least recently used first. */
  readonly #files: LRUCache<string, number>;
  /** Writes and deletions under way. */
  readonly #pending = new Set<Promise<void>>();
  #isWarned = false;

  /**
   * Reads what is there, the newest first in favour, and deletes what is half there.
   * @throws Error where the folder can neither be made nor written
   */
  static async open(options: DiskStoreOptions): Promise<DiskStore> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const probe = join(options.folder, `tmp-${randomUUID()}`);
    await writeFile(probe, '');
    await rm(probe);
    const store = new DiskStore(options);
    await store.#load();
    return store;
  }

  private constructor({ folder, maxBytes, log }: DiskStoreOptions) {
    this.#folder = folder;
    this.#log = log;
    this.#files = new LRUCache<string, number>({
      max: MAX_FILES,
      maxSize: maxBytes,
      sizeCalculation: (bytes) => bytes,
      dispose: (bytes, key, reason) => {
        if (reason !== 'set') this.#inBackground(rm(this.#path(key, bytes), { force: true }));
      },
    });
  }

  get bytes(): number {
    return this.#files.calculatedSize;
  }

  get count(): number {
    return this.#files.size;
  }

  has(key: string): boolean {
    return this.#files.has(key);
  }

  /** The answer, opened, so that it may be deleted while it is read; undefined where it is not there, or not whole. */
  async find(key: string): Promise<AsyncGenerator<Buffer> | undefined> {
    const bytes = this.#files.get(key);
    if (bytes === undefined) return undefined;
    const path = this.#path(key, bytes);
    try {
      const file = await open(path, 'r');
      if ((await file.stat()).size !== bytes) {
        await file.close();
        throw new Error('The file has not the length that its name tells.');
      }
      // So that the next start knows what was heard last.
      const now = new Date();
      this.#inBackground(utimes(path, now, now));
      return read(file);
    } catch (error) {
      this.#log.warn({ err: error }, 'a kept answer cannot be read and is made anew');
      this.#files.delete(key);
      return undefined;
    }
  }

  /** Resolves once it is there, or cannot be kept, which is logged and no failure of anybody's. */
  async keep(key: string, answer: Buffer): Promise<void> {
    if (answer.length === 0 || answer.length > this.#files.maxSize) return;
    const unfinished = join(this.#folder, `tmp-${randomUUID()}`);
    try {
      await writeFile(unfinished, answer, { mode: 0o600, flag: 'wx' });
      await rename(unfinished, this.#path(key, answer.length));
      this.#add(key, answer.length);
      this.#isWarned = false;
    } catch (error) {
      if (!this.#isWarned) this.#log.warn({ err: error }, 'answers cannot be kept');
      this.#isWarned = true;
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  /** Waits for what is being deleted. */
  async settle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #load(): Promise<void> {
    const found: { key: string; bytes: number; usedAt: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const { key, bytes } = FILE.exec(name)?.groups ?? {};
      if (key === undefined) {
        if (UNFINISHED.test(name)) await rm(path, { force: true });
        continue;
      }
      const { size, mtimeMs } = await stat(path);
      if (size === Number(bytes)) found.push({ key, bytes: size, usedAt: mtimeMs });
      else await rm(path, { force: true });
    }
    found.sort((a, b) => a.usedAt - b.usedAt);
    for (const { key, bytes } of found) {
      // One too long for the bound is not taken in, and so would stay on the disk unknown.
      if (bytes > this.#files.maxSize) await rm(this.#path(key, bytes), { force: true });
      else this.#add(key, bytes);
    }
    await this.settle();
  }

  #add(key: string, bytes: number): void {
    const before = this.#files.peek(key);
    // Another length is another file.
    if (before !== undefined && before !== bytes) this.#files.delete(key);
    this.#files.set(key, bytes);
  }

  #path(key: string, bytes: number): string {
    return join(this.#folder, `${key}.${bytes}`);
  }

  #inBackground(work: Promise<void>): void {
    const settled = work
      .catch(() => undefined)
      .finally(() => {
        this.#pending.delete(settled);
      });
    this.#pending.add(settled);
  }
}

async function* read(file: Awaited<ReturnType<typeof open>>): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
