/** What `upload` leaves in the table: the new lecture's session item, and what one identity has uploaded today. */
import { GetCommand, PutCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SynapscribeError } from '../../../protocol/errors.ts';
import {
  expectedLectureClaim,
  SESSION_TTL_SECONDS,
  sessionItemSchema,
  UNHELD_CLAIM_CONDITION,
  uploadsItemKey,
  type SessionItem,
} from '../../../protocol/items.ts';
import type { UploadMessage } from '../../../protocol/messages.ts';
import { isConditionalCheckFailed } from '../conditional-check.ts';

/** What one identity may upload within a day. Identities are free to make, so the stage is throttled besides. */
export const MAX_UPLOADS_PER_DAY = 50;
export const MAX_UPLOAD_BYTES_PER_DAY = 20_000_000_000;
const DAY_SECONDS = 24 * 60 * 60;

export interface UploadStoreOptions {
  dynamo: DynamoDBDocumentClient;
  table: string;
  /** Epoch milliseconds. */
  now?: () => number;
}

export class UploadStore {
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;

  constructor({ dynamo, table, now = Date.now }: UploadStoreOptions) {
    this.#dynamo = dynamo;
    this.#table = table;
    this.#now = now;
  }

  /**
   * Creates the lecture's session item. Asking again before the file has come is no error.
   * @throws SynapscribeError bad_request where the lecture's id has been used
   */
  async createSession(identityId: string, message: UploadMessage, abortSignal: AbortSignal): Promise<void> {
    const now = new Date(this.#now());
    const item: SessionItem = {
      sessionId: identityId,
      lectureId: message.lectureId,
      title: message.title,
      status: 'uploaded',
      language: message.language,
      conversation: [],
      totalTurns: 0,
      createdAt: now.toISOString(),
      updatedAt: now.toISOString(),
      expiresAt: Math.floor(now.getTime() / 1000) + SESSION_TTL_SECONDS,
    };
    try {
      await this.#dynamo.send(
        new PutCommand({
          TableName: this.#table,
          Item: item,
          ConditionExpression: 'attribute_not_exists(sessionId)',
        }),
        { abortSignal },
      );
    } catch (error) {
      if (!isConditionalCheckFailed(error)) throw error;
      await this.#refuseIfUsed(identityId, message.lectureId, abortSignal);
    }
  }

  /**
   * Leaves a claim for AgentCore, which looks after the lecture should the event of its upload be lost.
   * @param uploadUntilMs when the form expires, in epoch milliseconds
   */
  async expectLecture(
    identityId: string,
    lectureId: string,
    upload: { key: string; uploadUntilMs: number },
    abortSignal: AbortSignal,
  ): Promise<void> {
    const Item = expectedLectureClaim(identityId, lectureId, upload.key, this.#now(), upload.uploadUntilMs);
    try {
      await this.#dynamo.send(new PutCommand({ TableName: this.#table, Item, ...UNHELD_CLAIM_CONDITION }), {
        abortSignal,
      });
    } catch (error) {
      if (!isConditionalCheckFailed(error)) throw error;
    }
  }

  async #refuseIfUsed(identityId: string, lectureId: string, abortSignal: AbortSignal): Promise<void> {
    const { Item } = await this.#dynamo.send(
      new GetCommand({ TableName: this.#table, Key: { sessionId: identityId, lectureId }, ConsistentRead: true }),
      { abortSignal },
    );
    if (Item === undefined || sessionItemSchema.safeParse(Item).data?.status === 'uploaded') return;
    throw new SynapscribeError(
      'bad_request',
      'The field "lectureId" names a lecture that has been uploaded already; take a new id.',
      { param: 'lectureId' },
    );
  }

  /**
   * Counts one upload of `bytes` against the identity's day: one conditional write, so that parallel requests cannot
   * pass the bound together.
   * @throws SynapscribeError overloaded where the day's share is used up
   */
  async takeShare(identityId: string, bytes: number, abortSignal: AbortSignal): Promise<void> {
    const nowSeconds = Math.floor(this.#now() / 1000);
    const Key = uploadsItemKey(identityId);
    try {
      await this.#dynamo.send(
        new UpdateCommand({
          TableName: this.#table,
          Key,
          UpdateExpression: 'ADD uploadCount :one, uploadBytes :bytes SET expiresAt = if_not_exists(expiresAt, :end)',
          ConditionExpression:
            'attribute_not_exists(sessionId) OR ' +
            '(expiresAt > :now AND uploadCount < :maxCount AND uploadBytes <= :maxBytesBefore)',
          ExpressionAttributeValues: {
            ':one': 1,
            ':bytes': bytes,
            ':end': nowSeconds + DAY_SECONDS,
            ':now': nowSeconds,
            ':maxCount': MAX_UPLOADS_PER_DAY,
            ':maxBytesBefore': MAX_UPLOAD_BYTES_PER_DAY - bytes,
          },
        }),
        { abortSignal },
      );
    } catch (error) {
      if (!isConditionalCheckFailed(error)) throw error;
      await this.#beginDay(Key, bytes, nowSeconds, abortSignal);
    }
  }

  /** DynamoDB may take days to delete what has expired: yesterday's count is overwritten instead. */
  async #beginDay(
    key: { sessionId: string; lectureId: string },
    bytes: number,
    nowSeconds: number,
    abortSignal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#dynamo.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...key, uploadCount: 1, uploadBytes: bytes, expiresAt: nowSeconds + DAY_SECONDS },
          ConditionExpression: 'attribute_not_exists(sessionId) OR expiresAt <= :now',
          ExpressionAttributeValues: { ':now': nowSeconds },
        }),
        { abortSignal },
      );
    } catch (error) {
      if (!isConditionalCheckFailed(error)) throw error;
      throw new SynapscribeError(
        'overloaded',
        'You have uploaded as much as fits into one day. Please try again tomorrow.',
        { cause: error, retryable: false },
      );
    }
  }
}
