/**
 * Which of several deliveries of one piece of work runs it, over all processes: a record with a lease, renewed while
 * the work runs, kept as `done` afterwards, taken away when the work may be asked for again.
 */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { claimItemKey, LECTURE_CLAIMS, SESSION_TTL_SECONDS, type ClaimKind } from '../../protocol/items.ts';
import { idSchema, identityIdSchema } from '../../protocol/keys.ts';
import { storageUnavailable } from './storage-errors.ts';

/** A process that dies holds its work no longer than this. */
const LEASE_MS = 15_000;
const RENEW_MS = 5_000;

export interface ClaimOptions {
  /** Kept with the record: what is needed to do the work after a crash. */
  payload?: string;
  signal?: AbortSignal;
}

export type ClaimOutcome = 'claimed' | 'running' | 'done';

const abandonedLectureSchema = z.object({
  identityId: identityIdSchema,
  lectureId: idSchema,
  payload: z.string().optional(),
});

/** A lecture that was taken, is not done, and that no live host works on. */
export type AbandonedLecture = z.infer<typeof abandonedLectureSchema>;

export class Claims {
  readonly #documents: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #kind: ClaimKind;
  readonly #owner = crypto.randomUUID();

  constructor(documents: DynamoDBDocumentClient, table: string, kind: ClaimKind) {
    this.#documents = documents;
    this.#table = table;
    this.#kind = kind;
  }

  /**
   * Takes the work, or tells that it runs elsewhere or is done.
   * @throws SynapscribeError internal where DynamoDB cannot be reached
   */
  async claim(identityId: string, id: string, options: ClaimOptions = {}): Promise<ClaimOutcome> {
    const { payload, signal: abortSignal } = options;
    const sendOptions = abortSignal === undefined ? {} : { abortSignal };
    const now = Date.now();
    const key = claimItemKey(this.#kind, identityId, id);
    try {
      await this.#documents.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...key, state: 'running', ...this.#lease(now), payload },
          ConditionExpression: 'attribute_not_exists(sessionId) OR (#state = :running AND leaseUntil < :now)',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':running': 'running', ':now': now },
        }),
        sendOptions,
      );
      return 'claimed';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw storageUnavailable(error);
    }
    try {
      const { Item } = await this.#documents.send(
        new GetCommand({ TableName: this.#table, Key: key, ConsistentRead: true }),
        sendOptions,
      );
      return Item?.['state'] === 'done' ? 'done' : 'running';
    } catch (error) {
      throw storageUnavailable(error);
    }
  }

  /** Renews the lease until the returned function is called. A renewal that fails is tried again at the next beat. */
  keep(identityId: string, id: string): () => void {
    const timer = setInterval(() => {
      this.#update(identityId, id, this.#lease(Date.now())).catch(() => undefined);
    }, RENEW_MS);
    return () => clearInterval(timer);
  }

  async done(identityId: string, id: string): Promise<void> {
    await this.#update(identityId, id, { state: 'done' });
  }

  /** Leaves the work to whoever claims it next. */
  async abandon(identityId: string, id: string): Promise<void> {
    await this.#update(identityId, id, { leaseUntil: 0 });
  }

  /** Takes the record away: the work may be asked for again. Nothing happens where it is not ours any more. */
  async release(identityId: string, id: string): Promise<void> {
    try {
      await this.#documents.send(
        new DeleteCommand({
          TableName: this.#table,
          Key: claimItemKey(this.#kind, identityId, id),
          ConditionExpression: '#owner = :owner',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':owner': this.#owner },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /**
   * Lectures that nobody works on: their host has gone, or none has begun.
   * @throws SynapscribeError internal where DynamoDB cannot be reached
   */
  async abandonedLectures(): Promise<AbandonedLecture[]> {
    const found: AbandonedLecture[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'sessionId = :lectures',
        FilterExpression: '#state = :running AND leaseUntil < :now',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':lectures': LECTURE_CLAIMS, ':running': 'running', ':now': Date.now() },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      });
      const page = await this.#documents.send(command).catch((error: unknown) => {
        throw storageUnavailable(error);
      });
      found.push(...(page.Items ?? []).flatMap(readAbandonedLecture));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return found;
  }

  #lease(now: number) {
    const expiresAt = Math.floor(now / 1000) + SESSION_TTL_SECONDS;
    return { owner: this.#owner, leaseUntil: now + LEASE_MS, expiresAt };
  }

  async #update(identityId: string, id: string, values: Record<string, unknown>): Promise<void> {
    const names = Object.keys(values);
    await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: claimItemKey(this.#kind, identityId, id),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
        ConditionExpression: '#owner = :ours',
        ExpressionAttributeNames: { '#owner': 'owner', ...Object.fromEntries(names.map((name) => [`#${name}`, name])) },
        ExpressionAttributeValues: {
          ':ours': this.#owner,
          ...Object.fromEntries(names.map((name) => [`:${name}`, values[name]])),
        },
      }),
    );
  }
}

/** The range key of a lecture's claim is `<identity>/<lecture>`. */
function readAbandonedLecture(item: Record<string, unknown>): AbandonedLecture[] {
  const [identityId, lectureId] = String(item['lectureId']).split('/');
  const parsed = abandonedLectureSchema.safeParse({ identityId, lectureId, payload: item['payload'] });
  return parsed.success ? [parsed.data] : [];
}
