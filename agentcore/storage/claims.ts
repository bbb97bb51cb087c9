/**
 * Which of several deliveries of one piece of work runs it, over all processes: a record with a lease, renewed while
 * the work runs and taken away when it ends. That it was done is noted in a record of its own, first.
 *
 * The claim is also the work's letter box: whoever gets a request about work that runs in another process leaves it
 * there, and the owner finds it when it renews the lease.
 */
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CLAIM_PARTITIONS,
  claimItemKey,
  doneItemKey,
  SESSION_TTL_SECONDS,
  type ClaimKind,
} from '../../protocol/items.ts';
import { claimSchema, deletedSchema, readAbandonedWork, type AbandonedWork, type Claim } from './claim-record.ts';
import { unlessRefused } from './conditional-write.ts';
import { queryPages } from './query-pages.ts';
import { storageUnavailable } from './storage-errors.ts';

/**
 * A process that dies holds its work no longer than its lease. A student waits for a question; a lecture's lease is
 * long, so that it is renewed rarely.
 */
const LEASES = {
  query: { leaseMs: 5_000, beats: 5 },
  lecture: { leaseMs: 15_000, beats: 3 },
} as const satisfies Record<ClaimKind, { leaseMs: number; beats: number }>;

/** A query that was cancelled before it came is refused for so long. */
const CANCELLED_EARLY_MS = 10_000;

export interface ClaimOptions {
  /** Kept with the record: what is needed to do the work after a crash. */
  payload?: string;
  /** The connection that is to be told how it goes. */
  listener?: string | undefined;
  signal?: AbortSignal;
}

/** `deleted`: what the work was about was taken away for good. */
export type ClaimOutcome = 'claimed' | 'running' | 'done' | 'deleted' | 'cancelled';

/** What others have left for the owner. */
export interface ClaimMail {
  cancelled: boolean;
  /** Connections that are to be told how it goes. */
  listeners: string[];
}

/** Work that is ours, for as long as its lease is renewed. */
export interface KeptClaim {
  /**
   * Whether the work is still ours. Asks the table only where the lease has ended by our own clock.
   * @throws where that cannot be found out
   */
  confirm: () => Promise<boolean>;
  stop: () => void;
}

export interface ClaimKeeper {
  onMail?: (mail: ClaimMail) => void;
  /** The lease had ended, and another process has the work. */
  onLost?: () => void;
}

/** Nobody's work: never claimed, or by a process that has gone. */
const FREE = 'attribute_not_exists(sessionId) OR leaseUntil < :now';

export class Claims {
  readonly #documents: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #kind: ClaimKind;
  readonly #leaseMs: number;
  readonly #owner = crypto.randomUUID();

  constructor(
    documents: DynamoDBDocumentClient,
    table: string,
    kind: ClaimKind,
    leaseMs: number = LEASES[kind].leaseMs,
  ) {
    this.#documents = documents;
    this.#table = table;
    this.#kind = kind;
    this.#leaseMs = leaseMs;
  }

  /**
   * Takes the work, or tells that it runs, is done, or was cancelled before it came.
   * @throws SynapscribeError internal where DynamoDB cannot be reached
   */
  async claim(identityId: string, id: string, options: ClaimOptions = {}): Promise<ClaimOutcome> {
    const { payload, listener, signal } = options;
    const key = claimItemKey(this.#kind, identityId, id);
    const listeners = listener === undefined ? {} : { listeners: new Set([listener]) };
    const now = Date.now();
    try {
      const put = new PutCommand({
        TableName: this.#table,
        Item: { ...key, state: 'running', ...this.#lease(now), payload, ...listeners },
        ConditionExpression: FREE,
        ExpressionAttributeValues: { ':now': now },
      });
      const claimed = await unlessRefused(this.#documents.send(put, optionsFor(signal)));
      if (claimed === undefined) {
        const claim = claimSchema.safeParse(await this.#get(key, signal)).data;
        if (claim?.state === 'cancelled') return 'cancelled';
        // Our own: the answer to the write was lost, and its retry met what it had written.
        if (claim?.owner !== this.#owner) return 'running';
      }
      // Only now: that work is done is noted before its claim is taken away.
      const note = await this.#get(doneItemKey(this.#kind, identityId, id), signal);
      if (note === undefined) return 'claimed';
      await this.release(identityId, id);
      return deletedSchema.safeParse(note).success ? 'deleted' : 'done';
    } catch (error) {
      throw storageUnavailable(error);
    }
  }

  /** Renews the lease until it is stopped. A renewal that fails is tried again at the next beat. */
  keep(identityId: string, id: string, keeper: ClaimKeeper = {}): KeptClaim {
    const leaseMs = this.#leaseMs;
    const kept = new AbortController();
    let heldUntil = performance.now() + leaseMs;
    const renew = async (): Promise<Claim | undefined> => {
      const at = performance.now();
      const claim = await this.#update(identityId, id, this.#lease(Date.now()));
      heldUntil = claim === undefined ? -Infinity : at + leaseMs;
      return claim;
    };
    void this.#renew(renew, keeper, kept.signal);
    return {
      confirm: async () => performance.now() < heldUntil || (await renew()) !== undefined,
      stop: () => kept.abort(),
    };
  }

  /** Notes that the work is done: it is not to be claimed again once its claim is released. What is deleted stays so. */
  async done(identityId: string, id: string): Promise<void> {
    await unlessRefused(this.#note(identityId, id, {}));
  }

  /**
   * Notes that what the work was about is deleted: whoever claims it is told so.
   * @throws SynapscribeError internal where DynamoDB cannot be reached
   */
  async deleted(identityId: string, id: string): Promise<void> {
    await this.#note(identityId, id, { deleted: true }).catch((error: unknown) => {
      throw storageUnavailable(error);
    });
  }

  /** Leaves the work to whoever claims it next. */
  async abandon(identityId: string, id: string): Promise<void> {
    await this.#update(identityId, id, { leaseUntil: 0 });
  }

  /**
   * Takes the claim away: the work may be asked for again. Nothing happens where it is not ours any more.
   * @returns who is to be told how it went: some may have come since the last beat; nothing where it is not ours
   */
  async release(identityId: string, id: string): Promise<string[] | undefined> {
    const command = new DeleteCommand({
      TableName: this.#table,
      Key: claimItemKey(this.#kind, identityId, id),
      ConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': this.#owner },
      ReturnValues: 'ALL_OLD',
    });
    const released = await unlessRefused(this.#documents.send(command));
    return claimSchema.safeParse(released?.Attributes).data?.listeners;
  }

  /**
   * Tells the process at work of one more connection that wants to hear of it.
   * @returns false where nobody is at that work any more
   */
  async addListener(identityId: string, id: string, connectionId: string): Promise<boolean> {
    return await this.#leave(identityId, id, 'ADD listeners :left', new Set([connectionId]));
  }

  /**
   * Tells the process at work to stop. Where there is none, the work is refused if it comes within ten seconds: between
   * Lambda invocations no order is promised.
   * @returns whether anybody is at that work
   */
  async cancel(identityId: string, id: string): Promise<boolean> {
    if (await this.#leave(identityId, id, 'SET cancelRequested = :left', true)) return true;
    const now = Date.now();
    const leaseUntil = now + CANCELLED_EARLY_MS;
    const command = new PutCommand({
      TableName: this.#table,
      Item: {
        ...claimItemKey(this.#kind, identityId, id),
        state: 'cancelled',
        leaseUntil,
        expiresAt: Math.ceil(leaseUntil / 1000),
      },
      ConditionExpression: FREE,
      ExpressionAttributeValues: { ':now': now },
    });
    await unlessRefused(this.#documents.send(command));
    return false;
  }

  /**
   * Work that no live process is at: its process has gone, or none has begun.
   * @throws SynapscribeError internal where the claims cannot be read
   */
  async abandoned(): Promise<AbandonedWork[]> {
    const found: AbandonedWork[] = [];
    const pages = queryPages(this.#documents, {
      TableName: this.#table,
      KeyConditionExpression: 'sessionId = :claims',
      FilterExpression: '#state = :running AND leaseUntil < :now',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':claims': CLAIM_PARTITIONS[this.#kind],
        ':running': 'running',
        ':now': Date.now(),
      },
      ConsistentRead: true,
    });
    for await (const { Items = [] } of pages) found.push(...Items.flatMap((item) => readAbandonedWork(item) ?? []));
    return found;
  }

  /** Leaves work that nobody has begun alone until `until`, in epoch milliseconds. */
  async postpone({ identityId, id, leaseUntil }: AbandonedWork, until: number): Promise<void> {
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: claimItemKey(this.#kind, identityId, id),
      UpdateExpression: 'SET leaseUntil = :until',
      ConditionExpression: 'attribute_not_exists(#owner) AND leaseUntil = :from',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':until': until, ':from': leaseUntil },
    });
    await unlessRefused(this.#documents.send(command));
  }

  /**
   * Takes the claim of another process, which has gone, away.
   * @returns its last state; nothing where the claim is our own, or the other came back or was faster
   */
  async takeAway(work: AbandonedWork): Promise<AbandonedWork | undefined> {
    const { identityId, id, owner, leaseUntil } = work;
    if (owner === undefined || owner === this.#owner) return undefined;
    const command = new DeleteCommand({
      TableName: this.#table,
      Key: claimItemKey(this.#kind, identityId, id),
      ConditionExpression: '#owner = :owner AND leaseUntil = :until',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': owner, ':until': leaseUntil },
      ReturnValues: 'ALL_OLD',
    });
    const taken = await unlessRefused(this.#documents.send(command));
    return readAbandonedWork(taken?.Attributes);
  }

  async #renew(
    renew: () => Promise<Claim | undefined>,
    { onMail, onLost }: ClaimKeeper,
    signal: AbortSignal,
  ): Promise<void> {
    const renewMs = this.#leaseMs / LEASES[this.#kind].beats;
    const stopped = (): boolean => signal.aborted;
    while (!stopped()) {
      await sleep(renewMs, undefined, { signal }).catch(() => undefined);
      if (stopped()) return;
      try {
        const claim = await renew();
        if (stopped()) return;
        if (claim === undefined) {
          onLost?.();
          return;
        }
        onMail?.({ cancelled: claim.cancelRequested, listeners: claim.listeners });
      } catch {
        // The lease outlives a few beats.
      }
    }
  }

  #lease(now: number) {
    const expiresAt = Math.floor(now / 1000) + SESSION_TTL_SECONDS;
    return { owner: this.#owner, leaseUntil: now + this.#leaseMs, expiresAt };
  }

  async #note(identityId: string, id: string, what: { deleted?: true }): Promise<void> {
    const expiresAt = Math.floor(Date.now() / 1000) + SESSION_TTL_SECONDS;
    const command = new PutCommand({
      TableName: this.#table,
      Item: { ...doneItemKey(this.#kind, identityId, id), ...what, expiresAt },
      ...(what.deleted === undefined && {
        ConditionExpression: 'attribute_not_exists(#deleted)',
        ExpressionAttributeNames: { '#deleted': 'deleted' },
      }),
    });
    await this.#documents.send(command);
  }

  async #get(Key: Record<string, string>, signal: AbortSignal | undefined): Promise<unknown> {
    const command = new GetCommand({ TableName: this.#table, Key, ConsistentRead: true });
    return (await this.#documents.send(command, optionsFor(signal))).Item;
  }

  /** Changes our own claim. @returns it, or nothing where it is not ours any more */
  async #update(identityId: string, id: string, values: Record<string, unknown>): Promise<Claim | undefined> {
    const names = Object.keys(values);
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: claimItemKey(this.#kind, identityId, id),
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: '#owner = :ours',
      ExpressionAttributeNames: { '#owner': 'owner', ...Object.fromEntries(names.map((name) => [`#${name}`, name])) },
      ExpressionAttributeValues: {
        ':ours': this.#owner,
        ...Object.fromEntries(names.map((name) => [`:${name}`, values[name]])),
      },
      ReturnValues: 'ALL_NEW',
    });
    const changed = await unlessRefused(this.#documents.send(command));
    return changed === undefined ? undefined : claimSchema.parse(changed.Attributes);
  }

  /** Leaves something with a claim that runs, whoever's it is. @returns false where none runs */
  async #leave(identityId: string, id: string, UpdateExpression: string, left: unknown): Promise<boolean> {
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: claimItemKey(this.#kind, identityId, id),
      UpdateExpression,
      ConditionExpression: '#state = :running',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':running': 'running', ':left': left },
    });
    try {
      return (await unlessRefused(this.#documents.send(command))) !== undefined;
    } catch (error) {
      throw storageUnavailable(error);
    }
  }
}

const optionsFor = (abortSignal: AbortSignal | undefined) => (abortSignal === undefined ? {} : { abortSignal });
