/**
 * Which of several deliveries of one query runs it, over all processes: a record with a lease, renewed while the query
 * runs, kept as `done` afterwards, taken away when it failed so that it may be asked again.
 */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { queryClaimItemKey, SESSION_TTL_SECONDS } from '../../protocol/items.ts';
import { storageUnavailable } from './object-store.ts';

/** A process that dies holds its queries no longer than this. */
const LEASE_MS = 15_000;
const RENEW_MS = 5_000;

export type ClaimOutcome = 'claimed' | 'running' | 'done';

export class QueryClaims {
  readonly #documents: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #owner = crypto.randomUUID();

  constructor(documents: DynamoDBDocumentClient, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /** Takes the query, or tells that it runs elsewhere or is done. */
  async claim(identityId: string, queryId: string): Promise<ClaimOutcome> {
    const now = Date.now();
    try {
      await this.#documents.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...queryClaimItemKey(identityId, queryId), state: 'running', ...this.#lease(now) },
          ConditionExpression: 'attribute_not_exists(sessionId) OR (#state = :running AND leaseUntil < :now)',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':running': 'running', ':now': now },
        }),
      );
      return 'claimed';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw storageUnavailable(error);
      return await this.#state(identityId, queryId);
    }
  }

  /** Renews the lease until the returned function is called. A renewal that fails is tried again at the next beat. */
  keep(identityId: string, queryId: string): () => void {
    const timer = setInterval(() => {
      this.#update(identityId, queryId, this.#lease(Date.now())).catch(() => undefined);
    }, RENEW_MS);
    return () => clearInterval(timer);
  }

  async done(identityId: string, queryId: string): Promise<void> {
    await this.#update(identityId, queryId, { state: 'done' });
  }

  async release(identityId: string, queryId: string): Promise<void> {
    await this.#documents.send(
      new DeleteCommand({
        TableName: this.#table,
        Key: queryClaimItemKey(identityId, queryId),
        ConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': this.#owner },
      }),
    );
  }

  #lease(now: number) {
    const expiresAt = Math.floor(now / 1000) + SESSION_TTL_SECONDS;
    return { owner: this.#owner, leaseUntil: now + LEASE_MS, expiresAt };
  }

  async #state(identityId: string, queryId: string): Promise<'running' | 'done'> {
    try {
      const { Item } = await this.#documents.send(
        new GetCommand({ TableName: this.#table, Key: queryClaimItemKey(identityId, queryId), ConsistentRead: true }),
      );
      return Item?.['state'] === 'done' ? 'done' : 'running';
    } catch (error) {
      throw storageUnavailable(error);
    }
  }

  async #update(identityId: string, queryId: string, values: Record<string, unknown>): Promise<void> {
    const names = Object.keys(values);
    await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: queryClaimItemKey(identityId, queryId),
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
