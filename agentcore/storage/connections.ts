/** The students' WebSocket connections: who has which, and posting to them through `@connections`. */
import {
  ApiGatewayManagementApiServiceException,
  GoneException,
  PayloadTooLargeException,
  PostToConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityConnectionsItemKey, identityConnectionsItemSchema } from '../../protocol/items.ts';
import type { ServerMessage } from '../../protocol/messages.ts';

/** A post may hang past its timeout (aws-sdk-js-v3 #6896): each gets its own signal. */
const POST_TIMEOUT_MS = 5_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;

/** The connection is closed. */
export class ConnectionGoneError extends Error {
  override name = 'ConnectionGoneError';
}

/** The connection may be open, but takes no messages. */
export class ConnectionStalledError extends Error {
  override name = 'ConnectionStalledError';
}

export interface ConnectionsOptions {
  table: string;
  /** How long a client that takes no messages is waited for. */
  giveUpMs: number;
}

export class Connections {
  readonly #api: ApiGatewayManagementApiClient;
  readonly #documents: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #giveUpMs: number;

  constructor(api: ApiGatewayManagementApiClient, documents: DynamoDBDocumentClient, options: ConnectionsOptions) {
    this.#api = api;
    this.#documents = documents;
    this.#table = options.table;
    this.#giveUpMs = options.giveUpMs;
  }

  /**
   * Posts one message, with backoff while the client's buffer is full or the gateway fails.
   * @param mayRetry whether the message is still to be told; where that cannot be found out, it is
   * @throws ConnectionGoneError, ConnectionStalledError
   */
  async post(connectionId: string, message: ServerMessage, mayRetry?: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + this.#giveUpMs;
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2)) {
      try {
        await this.#api.send(
          new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from(JSON.stringify(message)) }),
          { abortSignal: AbortSignal.timeout(POST_TIMEOUT_MS) },
        );
        return;
      } catch (error) {
        if (isGone(error)) throw new ConnectionGoneError('the connection is closed', { cause: error });
        if (isTooLarge(error) || Date.now() + backoffMs > deadline) {
          throw new ConnectionStalledError('the connection takes no messages', { cause: error });
        }
        await sleep(backoffMs * (0.5 + Math.random()), undefined, { ref: false });
        const isWanted = mayRetry === undefined || (await mayRetry().catch(() => true));
        if (!isWanted) throw new ConnectionGoneError('another process speaks to the connection', { cause: error });
      }
    }
  }

  /** Posts to all of a student's connections; those that are gone are forgotten, failures are left at that. */
  async postToIdentity(identityId: string, message: ServerMessage): Promise<void> {
    const ids = await this.#connectionsOf(identityId);
    await Promise.allSettled(
      ids.map(async (connectionId) => {
        try {
          await this.post(connectionId, message);
        } catch (error) {
          if (error instanceof ConnectionGoneError) await this.#forget(identityId, connectionId);
        }
      }),
    );
  }

  async #connectionsOf(identityId: string): Promise<string[]> {
    const { Item } = await this.#documents.send(
      new GetCommand({ TableName: this.#table, Key: identityConnectionsItemKey(identityId) }),
    );
    return identityConnectionsItemSchema.safeParse(Item).data?.connectionIds ?? [];
  }

  async #forget(identityId: string, connectionId: string): Promise<void> {
    await this.#documents.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: identityConnectionsItemKey(identityId),
        UpdateExpression: 'DELETE connectionIds :gone',
        ExpressionAttributeValues: { ':gone': new Set([connectionId]) },
      }),
    );
  }
}

/** Sent again it would be as large. */
const isTooLarge = (error: unknown): boolean => error instanceof PayloadTooLargeException;

/** A malformed id (400) was never a connection; a deleted API answers 403. */
function isGone(error: unknown): boolean {
  if (error instanceof GoneException) return true;
  if (!(error instanceof ApiGatewayManagementApiServiceException)) return false;
  const status = error.$metadata.httpStatusCode;
  return status === 410 || status === 400 || status === 403;
}
