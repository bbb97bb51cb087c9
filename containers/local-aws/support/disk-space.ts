/**
 * Whether the data folder's disk has room, and a reserve for when it has none: LevelDB needs room to be opened and even
 * to delete. The reserve is a file, cut shorter by what is needed. While the disk is full nothing new is stored; once
 * there is room the reserve is made whole again. The log tells of both, once each.
 */
import { randomBytes } from 'node:crypto';
import { open, stat, statfs, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../service-kit/logger.ts';

const MIB = 1024 * 1024;
/** What LevelDB may write while it recovers: two write buffers of 4 MiB. */
const RESERVE_BYTES = 8 * MIB;
/** Of a small disk, the reserve is at most this part. */
const RESERVE_SHARE = 1 / 4;
/** Objects leave this much to the database, whose turns and claims are small. */
const OBJECT_MARGIN_BYTES = 2 * MIB;
const MIN_INODES = 16;
const PROBE_MS = 1_000;

/** Something could not be stored, for want of room. */
export class NoRoomError extends Error {
  constructor(cause?: unknown) {
    super('There is no room left on the disk.', { cause });
    this.name = 'NoRoomError';
  }
}

/** Whether an error of the file system or of LevelDB, or one behind it, says that the disk is full. */
export function saysNoRoom(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof NoRoomError) return true;
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return true;
  return /No space left on device|quota exceeded/i.test(error.message) || saysNoRoom(error.cause);
}

export class DiskSpace {
  readonly #folder: string;
  readonly #log: Logger;
  readonly #reservePath: string;
  readonly #reserveBytes: number;
  #isTight = false;
  #isFull = false;
  #probe: NodeJS.Timeout | undefined;
  #probing: Promise<void> | undefined;
  #isClosed = false;
  readonly #listeners: (() => void)[] = [];

  /** @param folder is there already */
  static async open(folder: string, log: Logger): Promise<DiskSpace> {
    const { blocks, bsize } = await statfs(folder);
    const space = new DiskSpace(folder, log, Math.min(RESERVE_BYTES, Math.floor(blocks * bsize * RESERVE_SHARE)));
    if ((await space.#reserved()) < space.#reserveBytes && !(await space.#takeReserve())) space.#become('full');
    return space;
  }

  private constructor(folder: string, log: Logger, reserveBytes: number) {
    this.#folder = folder;
    this.#log = log;
    this.#reservePath = join(folder, 'disk-reserve');
    this.#reserveBytes = reserveBytes;
  }

  /** Whether nothing new may be stored. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** What `/health` says. The service is alive and reads on a full disk, so that this is no reason to restart it. */
  get health(): { status: 'ok' | 'degraded'; message?: string } {
    if (!this.#isFull && !this.#isTight) return { status: 'ok' };
    return { status: 'degraded', message: 'The disk is full: what is stored can be read, nothing new can be stored.' };
  }

  /** Called each time that there is room again. */
  onRoom(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Bytes that this process may still write. */
  async free(): Promise<number> {
    const { bavail, bsize, files, ffree } = await statfs(this.#folder);
    return files > 0 && ffree < MIN_INODES ? 0 : bavail * bsize;
  }

  /** @throws NoRoomError where an object of `bytes` would take the room that the database needs */
  async requireForObject(bytes = 0): Promise<void> {
    const free = this.#isFull ? 0 : await this.free();
    if (free >= bytes + OBJECT_MARGIN_BYTES) return;
    if (free >= OBJECT_MARGIN_BYTES) this.#log.warn({ bytes, free }, 'an object is larger than the room that is left');
    else this.#become('tight');
    throw new NoRoomError();
  }

  /** Hears of a write that failed for want of room. @returns whether the disk is full; there may be room again already */
  async runOut(): Promise<boolean> {
    if (!this.#isFull && (await this.free()) >= OBJECT_MARGIN_BYTES) return false;
    this.#become('full');
    return true;
  }

  /**
   * Makes room of `bytes` out of the reserve, as far as it goes.
   * @param use what is not for reading has only half of the reserve, so that a full disk can still be started on
   * @returns whether there is that much room now
   */
  async makeRoom(bytes: number, use: 'read' | 'write'): Promise<boolean> {
    const missing = bytes - (await this.free());
    if (missing <= 0) return true;
    const reserved = await this.#reserved();
    const kept = use === 'read' ? 0 : this.#reserveBytes / 2;
    this.#become('full');
    await truncate(this.#reservePath, Math.max(Math.min(kept, reserved), reserved - missing)).catch(() => undefined);
    return (await this.free()) >= bytes;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#probe);
    await this.#probing;
  }

  #become(state: 'tight' | 'full'): void {
    if (!this.#isFull && !this.#isTight) {
      this.#log.error({ folder: this.#folder }, 'the disk is full: nothing new is stored until there is room');
    }
    if (state === 'full') this.#isFull = true;
    else this.#isTight = true;
    if (this.#probe === undefined) this.#probeLater();
  }

  #probeLater(): void {
    if (this.#isClosed) return;
    this.#probe = setTimeout(() => {
      this.#probing = this.#lookForRoom().catch((error: unknown) => {
        this.#log.warn({ err: error }, 'the disk could not be looked at');
        this.#probeLater();
      });
    }, PROBE_MS);
    this.#probe.unref();
  }

  async #lookForRoom(): Promise<void> {
    const hasRoom = this.#isFull ? await this.#takeReserve() : (await this.free()) >= OBJECT_MARGIN_BYTES;
    if (!hasRoom) {
      this.#probeLater();
      return;
    }
    this.#isFull = false;
    this.#isTight = false;
    this.#probe = undefined;
    this.#log.info({ folder: this.#folder }, 'the disk has room again');
    for (const listener of this.#listeners) listener();
  }

  async #reserved(): Promise<number> {
    return await stat(this.#reservePath).then(
      (found) => found.size,
      () => 0,
    );
  }

  /** Makes the reserve whole where that leaves room. @returns whether it did */
  async #takeReserve(): Promise<boolean> {
    const missing = this.#reserveBytes - (await this.#reserved());
    if ((await this.free()) < missing + OBJECT_MARGIN_BYTES) return false;
    // Written and not merely announced, and of what no file system makes small.
    const block = randomBytes(MIB);
    const file = await open(this.#reservePath, 'a', 0o600);
    try {
      for (let left = missing; left > 0; left -= MIB) await file.writeFile(block.subarray(0, Math.min(left, MIB)));
      return true;
    } catch (error) {
      if (saysNoRoom(error)) return false;
      throw error;
    } finally {
      await file.close();
    }
  }
}
