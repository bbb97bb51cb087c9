/** Who is behind a connection: written at `$connect`, read for every message, deleted at `$disconnect`. */
import { BatchGetCommand, DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SynapscribeError } from '../../../protocol/errors.ts';
import {
  connectionItemKey,
  connectionItemSchema,
  identityConnectionsItemKey,
  identityConnectionsItemSchema,
  type ConnectionItem,
} from '../../../protocol/items.ts';
import { isConditionalCheckFailed } from '../conditional-check.ts';

/** Open tabs of one identity. */
export const MAX_CONNECTIONS_PER_IDENTITY = 20;
/** API Gateway ends a connection after 2 h; ten minutes more, so that a record outlives it. */
const CONNECTION_TTL_SECONDS = 2 * 60 * 60 + 600;

export interface ConnectionStoreOptions {
  dynamo: DynamoDBDocumentClient;
  table: string;
  /** Epoch milliseconds. */
  now?: () => number;
}

export class ConnectionStore {
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;

  constructor({ dynamo, table, now = Date.now }: ConnectionStoreOptions) {
    this.#dynamo = dynamo;
    this.#table = table;
    this.#now = now;
  }

  /** @throws SynapscribeError overloaded where the identity has its connections already */
  async add(connectionId: string, identityId: string, abortSignal: AbortSignal): Promise<void> {
    const expiresAt = Math.floor(this.#now() / 1000) + CONNECTION_TTL_SECONDS;
    if (!(await this.#addToIdentity(connectionId, identityId, expiresAt, abortSignal))) {
      // `$disconnect` is best effort: some of the twenty may be long gone.
      await this.#dropStale(identityId, abortSignal);
      if (!(await this.#addToIdentity(connectionId, identityId, expiresAt, abortSignal))) {
        throw new SynapscribeError('overloaded', 'There are too many open connections. Please close one first.');
      }
    }
    const item: ConnectionItem = {
      ...connectionItemKey(connectionId),
      identityId,
      connectedAt: new Date(this.#now()).toISOString(),
      expiresAt,
    };
    await this.#dynamo.send(new PutCommand({ TableName: this.#table, Item: item }), { abortSignal });
  }

  /** @throws SynapscribeError forbidden where the connection is not known */
  async identityOf(connectionId: string, abortSignal: AbortSignal): Promise<string> {
    const { Item } = await this.#dynamo.send(
      new GetCommand({ TableName: this.#table, Key: connectionItemKey(connectionId), ConsistentRead: true }),
      { abortSignal },
    );
    const item = connectionItemSchema.safeParse(Item).data;
    if (item === undefined) throw new SynapscribeError('forbidden', 'This connection is not known. Please reconnect.');
    return item.identityId;
  }

  async remove(connectionId: string, abortSignal: AbortSignal): Promise<void> {
    const { Attributes } = await this.#dynamo.send(
      new DeleteCommand({
        TableName: this.#table,
        Key: connectionItemKey(connectionId),
        ReturnValues: 'ALL_OLD',
      }),
      { abortSignal },
    );
    const item = connectionItemSchema.safeParse(Attributes).data;
    if (item !== undefined) await this.#deleteFromIdentity(item.identityId, [connectionId], abortSignal);
  }

  async #addToIdentity(
    connectionId: string,
    identityId: string,
    expiresAt: number,
    abortSignal: AbortSignal,
  ): Promise<boolean> {
    try {
      await this.#dynamo.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: identityConnectionsItemKey(identityId),
          UpdateExpression: 'ADD connectionIds :ids SET expiresAt = :expiresAt',
          ConditionExpression: 'attribute_not_exists(connectionIds) OR size(connectionIds) < :max',
          ExpressionAttributeValues: {
            ':ids': new Set([connectionId]),
            ':expiresAt': expiresAt,
            ':max': MAX_CONNECTIONS_PER_IDENTITY,
          },
        }),
        { abortSignal },
      );
      return true;
    } catch (error) {
      if (isConditionalCheckFailed(error)) return false;
      throw error;
    }
  }

  async #dropStale(identityId: string, abortSignal: AbortSignal): Promise<void> {
    const { Item } = await this.#dynamo.send(
      new GetCommand({ TableName: this.#table, Key: identityConnectionsItemKey(identityId), ConsistentRead: true }),
      { abortSignal },
    );
    const known = identityConnectionsItemSchema.safeParse(Item).data?.connectionIds ?? [];
    if (known.length === 0) return;
    const { Responses } = await this.#dynamo.send(
      new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: known.map(connectionItemKey) } } }),
      { abortSignal },
    );
    const nowSeconds = this.#now() / 1000;
    const live = new Set(
      (Responses?.[this.#table] ?? [])
        .flatMap((item) => connectionItemSchema.safeParse(item).data ?? [])
        .filter((item) => item.expiresAt > nowSeconds)
        .map((item) => item.sessionId),
    );
    const stale = known.filter((id) => !live.has(connectionItemKey(id).sessionId));
    if (stale.length > 0) await this.#deleteFromIdentity(identityId, stale, abortSignal);
  }

  async #deleteFromIdentity(identityId: string, connectionIds: string[], abortSignal: AbortSignal): Promise<void> {
    await this.#dynamo
      .send(
        new UpdateCommand({
          TableName: this.#table,
          Key: identityConnectionsItemKey(identityId),
          UpdateExpression: 'DELETE connectionIds :ids',
          // Without it a set that has expired would come back empty and never expire.
          ConditionExpression: 'attribute_exists(sessionId)',
          ExpressionAttributeValues: { ':ids': new Set(connectionIds) },
        }),
        { abortSignal },
      )
      .catch((error: unknown) => {
        if (!isConditionalCheckFailed(error)) throw error;
      });
  }
}
