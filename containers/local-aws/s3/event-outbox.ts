/**
 * S3 events on their way to the Lambda. An event is on disk before its object appears and until it is delivered, so
 * that no kill in between loses one; what could not be delivered is tried again at the next start. Delivery is tried
 * three times, as AWS does it for an asynchronous invocation, and may happen twice. What failed three times waits until
 * `retry` is called, for up to six hours, AWS's maximum age of an event, or for the next start.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { Logger } from '../../../service-kit/logger.ts';
import { writeFileAtomically } from '../support/write-file.ts';
import type { CreatedObject, CreationOutcome } from './object-store.ts';

const ATTEMPTS = 3;
const CONCURRENCY = 2;
const SUFFIX = '.json';
const MAX_AGE_MS = 6 * 60 * 60 * 1000;

const entrySchema = z.object({
  object: z.object({ bucket: z.string(), key: z.string(), etag: z.string() }),
  event: z.unknown(),
});
type Entry = z.infer<typeof entrySchema>;

export interface EventOutboxOptions {
  folder: string;
  /** Delivers one event; rejects where that failed. */
  deliver: (event: unknown) => Promise<void>;
  /** Before the second attempt, doubled before the third. */
  retryMs: number;
  log: Logger;
}

export class EventOutbox {
  readonly #options: EventOutboxOptions;
  readonly #limit = pLimit(CONCURRENCY);
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** Since when (epoch ms) each event waits, by its file, with the event. */
  readonly #waiting = new Map<string, { event: unknown; since: number }>();

  static async open(options: EventOutboxOptions): Promise<EventOutbox> {
    await mkdir(options.folder, { recursive: true });
    return new EventOutbox(options);
  }

  private constructor(options: EventOutboxOptions) {
    this.#options = options;
  }

  /** Notes an event for an object that is about to appear, and sends it once it has. */
  async add(object: CreatedObject, event: unknown): Promise<CreationOutcome> {
    const path = join(this.#options.folder, `${randomUUID()}${SUFFIX}`);
    const { bucket, key, etag } = object;
    await writeFileAtomically(path, JSON.stringify({ object: { bucket, key, etag }, event }));
    return {
      appeared: () => this.#send(path, event),
      failed: () => rm(path, { force: true }),
    };
  }

  /**
   * Sends what earlier runs left behind.
   * @param exists whether the object is there with that tag: an event is noted before its object appears
   */
  async resume(exists: (object: Entry['object']) => Promise<boolean>): Promise<void> {
    for (const name of await readdir(this.#options.folder)) {
      const path = join(this.#options.folder, name);
      const entry = name.endsWith(SUFFIX) ? await readEntry(path) : undefined;
      if (entry === undefined || !(await exists(entry.object))) await rm(path, { force: true });
      else this.#send(path, entry.event);
    }
  }

  /** Sends again what could not be delivered. */
  retry(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [path, { event, since }] of waiting) this.#send(path, event, since);
  }

  /** Starts no further attempt; resolves when the running ones have ended, or after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    const timeout = new AbortController();
    const grace = delay(graceMs, undefined, { signal: timeout.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#running), grace]);
    timeout.abort();
  }

  #send(path: string, event: unknown, since = Date.now()): void {
    const sending = this.#limit(() => this.#deliver(path, event, since));
    this.#running.add(sending);
    void sending.finally(() => this.#running.delete(sending));
  }

  async #deliver(path: string, event: unknown, since: number): Promise<void> {
    const { deliver, retryMs, log } = this.#options;
    const { signal } = this.#stopping;
    for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
      try {
        await deliver(event);
        await rm(path, { force: true });
        return;
      } catch (error) {
        log.warn({ err: error, attempt }, 'an S3 event could not be delivered');
      }
      if (attempt < ATTEMPTS) await delay(retryMs * 2 ** (attempt - 1), undefined, { signal }).catch(() => undefined);
    }
    if (Date.now() - since < MAX_AGE_MS) this.#waiting.set(path, { event, since });
    log.error('an S3 event is kept, to be delivered later');
  }
}

async function readEntry(path: string): Promise<Entry | undefined> {
  const text = await readFile(path, 'utf8');
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
