/**
 * Who the command line is, on each server: its guest identities, so that a lecture of yesterday is still its own. Whoever
 * knows an identity can act as it, so the file is its owner's alone.
 */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { identityIdSchema } from '../protocol/keys.ts';

/** The newest ones. */
const MAX_SERVERS = 50;
const MAX_URL_CHARS = 500;
const MAX_FILE_BYTES = 64 * 1024;
/** A lock so old was left behind; one that is held so long is not waited for. */
const LOCK_MS = 10_000;
const LOCK_RETRY_MS = 25;

const fileSchema = z.object({
  version: z.literal(1),
  /** The newest at the end. */
  guests: z.array(z.object({ server: z.string().max(MAX_URL_CHARS), identityId: identityIdSchema })).max(MAX_SERVERS),
});
type KeptGuests = z.infer<typeof fileSchema>['guests'];

/** In the folder where `npm start` keeps its data, so that deleting it starts afresh. */
export const DEFAULT_GUEST_FILE = join(
  process.env['DATA_DIR'] ?? join(import.meta.dirname, '..', '.synapscribe'),
  'guests.json',
);

export class GuestFile {
  readonly #path: string;

  constructor(path = DEFAULT_GUEST_FILE) {
    this.#path = path;
  }

  /** The identity on the server of this WebSocket address, where there is one. */
  async find(url: string): Promise<string | undefined> {
    const server = serverOf(url);
    return (await this.#read()).find((guest) => guest.server === server)?.identityId;
  }

  /**
   * Another identity in place of one that is none any more, or of nobody; the one that another command has put there
   * meanwhile, so that commands begun at once are one guest.
   * @returns `kept` false where the file cannot be written
   */
  async renew(
    url: string,
    stale: string | undefined,
    create: () => Promise<string>,
  ): Promise<{ identityId: string; kept: boolean }> {
    return await this.#locked(async () => {
      const now = await this.find(url);
      if (now !== undefined && now !== stale) return { identityId: now, kept: true };
      const identityId = await create();
      const kept = await this.keep(url, identityId).then(
        () => true,
        () => false,
      );
      return { identityId, kept };
    });
  }

  /** @throws where the file cannot be written */
  async keep(url: string, identityId: string): Promise<void> {
    const server = serverOf(url);
    if (server.length > MAX_URL_CHARS) return;
    const others = (await this.#read()).filter((guest) => guest.server !== server);
    const guests = [...others, { server, identityId }].slice(-MAX_SERVERS);
    await this.#write(`${JSON.stringify({ version: 1, guests }, null, 2)}\n`);
  }

  /** A file that is not there, or is none of ours, holds nobody. */
  async #read(): Promise<KeptGuests> {
    try {
      const file = await open(this.#path);
      try {
        const { size } = await file.stat();
        if (size > MAX_FILE_BYTES) return [];
        return fileSchema.parse(JSON.parse(await file.readFile('utf8'))).guests;
      } finally {
        await file.close();
      }
    } catch {
      return [];
    }
  }

  /** One process at a time, as far as the folder can be written. */
  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const lock = `${this.#path}.lock`;
    const held = await this.#take(lock);
    try {
      return await work();
    } finally {
      if (held) await rm(lock, { force: true });
    }
  }

  async #take(lock: string): Promise<boolean> {
    await mkdir(dirname(this.#path), { recursive: true }).catch(() => undefined);
    const deadline = Date.now() + LOCK_MS;
    while (Date.now() < deadline) {
      try {
        await writeFile(lock, '', { mode: 0o600, flag: 'wx' });
        return true;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return false;
        const age = await stat(lock).then(
          ({ mtimeMs }) => Date.now() - mtimeMs,
          () => 0,
        );
        if (age > LOCK_MS) await rm(lock, { force: true });
        else await sleep(LOCK_RETRY_MS);
      }
    }
    return false;
  }

  /** At once or not at all, whoever else reads or writes. */
  async #write(text: string): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const draft = `${this.#path}.${randomUUID()}`;
    try {
      await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
      await chmod(draft, 0o600);
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

/** Without what may be said of an address otherwise. */
function serverOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`;
}
