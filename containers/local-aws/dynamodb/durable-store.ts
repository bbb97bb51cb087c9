/**
 * dynalite's LevelDB, made to outlive a full disk. A write that fails may leave half a record in LevelDB's log, and what
 * follows half a record is dropped when the log is next read: so writes go one at a time, and after one that failed the
 * database is opened anew before the next, which ends the log there. Until then, and while there is no room to open it
 * anew, it serves reads.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pLimit from 'p-limit';
import { NoRoomError, saysNoRoom, type DiskSpace } from '../support/disk-space.ts';
import { createStore, type DynaliteDatabase, type DynaliteStore } from './dynalite.ts';

/** For what LevelDB writes besides its tables when it opens. */
const OPENING_BYTES = 256 * 1024;
const RETRY_MS = 1_000;

type Callback = (error?: unknown, value?: unknown) => void;

export class DurableStore {
  readonly store: DynaliteStore;
  readonly #path: string;
  readonly #space: DiskSpace;
  /** LevelDB's own methods, from before they were guarded. */
  readonly #level: Pick<DynaliteDatabase, 'get' | 'put' | 'del' | 'batch'>;
  readonly #oneWrite = pLimit(1);
  /** `torn`: it serves reads, and must be opened anew before it is written to. */
  #state: 'open' | 'torn' | 'closed' = 'closed';
  #reopening: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isStopped = false;

  /**
   * Opens, or makes, the database. Where only room is missing it is opened later, and what is asked of it until then is
   * refused with a NoRoomError.
   * @throws Error with a sentence for a person where it cannot be opened
   */
  static async open(path: string, space: DiskSpace): Promise<DurableStore> {
    const durable = new DurableStore(path, space);
    try {
      await durable.#open();
    } catch (error) {
      if (!saysNoRoom(error)) throw describeOpenFailure(path, error);
      await durable.#reopen().catch((again: unknown) => {
        if (!saysNoRoom(again)) throw describeOpenFailure(path, again);
      });
    }
    return durable;
  }

  private constructor(path: string, space: DiskSpace) {
    this.#path = path;
    this.#space = space;
    this.store = createStore(path);
    const { db } = this.store;
    const { get, put, del, batch } = db;
    this.#level = { get, put, del, batch };
    db.get = (key, callback) => settle(this.#read(key), callback);
    db.put = (key, value, callback) =>
      settle(
        this.#write(() => put(key, value)),
        callback,
      );
    db.del = (key, callback) =>
      settle(
        this.#write(() => del(key), true),
        callback,
      );
    db.batch = (operations, callback) =>
      settle(
        this.#write(() => batch(operations)),
        callback,
      );
    db.createKeyStream = (options) => Readable.from(this.#iterate(() => db.keys(options)));
    db.createValueStream = (options) => Readable.from(this.#iterate(() => db.values(options)));
  }

  /** Whether it can be read. */
  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  /** Waits for the writes that have begun. */
  async close(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    await this.#oneWrite(async () => {
      await this.store.db.close._original();
      this.#state = 'closed';
    });
  }

  async #read(key: string): Promise<unknown> {
    await this.#untilReadable();
    return await this.#level.get(key);
  }

  async *#iterate(begin: () => AsyncIterable<unknown>): AsyncGenerator {
    await this.#untilReadable();
    yield* begin();
  }

  async #untilReadable(): Promise<void> {
    await this.#reopening?.catch(() => undefined);
    if (this.#state === 'closed') throw new NoRoomError();
  }

  #write(run: () => Promise<unknown>, isDeletion = false): Promise<void> {
    return this.#oneWrite(async () => {
      for (let attempt = 1; ; attempt++) {
        if (this.#space.isFull && !isDeletion) throw new NoRoomError();
        if (this.#state !== 'open') await this.#reopen();
        try {
          await run();
          return;
        } catch (error) {
          // Of these errors none leaves the log as it was.
          this.#state = 'torn';
          this.#retryLater();
          if (!saysNoRoom(error)) throw error;
          // What failed is tried again where that may succeed: a deletion on the reserve, anything on room that came back.
          const isFull = await this.#space.runOut();
          if (attempt === 2 || (isFull && !isDeletion)) throw new NoRoomError(error);
        }
      }
    });
  }

  /** Closes and opens, so that LevelDB begins a new log. @throws NoRoomError where that might end with it closed */
  async #reopen(): Promise<void> {
    if (this.#isStopped) throw new Error('The database is closed.');
    const needed = (await this.#logBytes()) + OPENING_BYTES;
    const hasRoom = await this.#space.makeRoom(needed, this.#state === 'closed' ? 'read' : 'write');
    // Where it is closed there is nothing to lose.
    if (!hasRoom && this.#state === 'torn') throw new NoRoomError();
    this.#reopening = (async () => {
      if (this.#state === 'torn') await this.store.db.close._original();
      this.#state = 'closed';
      await this.#open();
    })();
    try {
      await this.#reopening;
    } catch (error) {
      this.#retryLater();
      throw saysNoRoom(error) ? new NoRoomError(error) : error;
    } finally {
      this.#reopening = undefined;
    }
  }

  async #open(): Promise<void> {
    await this.store.db.open();
    this.#state = 'open';
  }

  /** So that it is mended though nobody writes; on a full disk, only where it cannot be read. */
  #retryLater(): void {
    clearTimeout(this.#retry);
    if (this.#isStopped) return;
    this.#retry = setTimeout(() => {
      void this.#oneWrite(async () => {
        if (this.#state === 'open' || this.#isStopped) return;
        if (this.#state === 'torn' && this.#space.isFull) this.#retryLater();
        else await this.#reopen().catch(() => this.#retryLater());
      });
    }, RETRY_MS);
    this.#retry.unref();
  }

  /** What recovery may have to write into tables, at most. */
  async #logBytes(): Promise<number> {
    const names = (await readdir(this.#path)).filter((name) => name.endsWith('.log'));
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(this.#path, name))).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

async function settle(work: Promise<unknown>, callback: Callback | undefined): Promise<unknown> {
  if (callback === undefined) return await work;
  // On a turn of its own: what the callback throws is not for this promise.
  work.then(
    (value) => setImmediate(callback, null, value),
    (error: unknown) => setImmediate(callback, error),
  );
  return undefined;
}

function describeOpenFailure(path: string, error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  const isLocked = cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
  const reason = isLocked ? 'is in use by another process' : 'cannot be opened; it may be damaged';
  return new Error(`The database in ${path} ${reason}.`, { cause: error });
}
