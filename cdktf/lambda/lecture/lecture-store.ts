/**
 * A lecture's status on its way through validation. Every step is one conditional write, so that an event delivered
 * late or twice never moves a lecture backwards.
 */
import { PutCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { openLectureClaim, SESSION_TTL_SECONDS, UNHELD_CLAIM_CONDITION } from '../../../protocol/items.ts';
import { isConditionalCheckFailed } from '../conditional-check.ts';

export interface LectureUpload {
  identityId: string;
  lectureId: string;
  /** The uploaded object's key: which of several uploads under one id the lecture is. */
  key: string;
  /** For an item that does not exist yet. */
  title: string;
}

export interface LectureStoreOptions {
  dynamo: DynamoDBDocumentClient;
  table: string;
  /** Epoch milliseconds. */
  now?: () => number;
}

const IN_VALIDATION = '#status = :validating AND objectKey = :key';

export class LectureStore {
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #now: () => number;

  constructor({ dynamo, table, now = Date.now }: LectureStoreOptions) {
    this.#dynamo = dynamo;
    this.#table = table;
    this.#now = now;
  }

  /**
   * Marks the lecture `validating`, creating its item where there is none.
   * @returns false where another upload came first or this one is further on already
   */
  beginValidation(upload: LectureUpload, abortSignal: AbortSignal): Promise<boolean> {
    const now = new Date(this.#now());
    return this.#update(
      upload,
      {
        UpdateExpression:
          'SET #status = :validating, objectKey = :key, updatedAt = :now, expiresAt = :expiresAt, ' +
          'title = if_not_exists(title, :title), createdAt = if_not_exists(createdAt, :now), ' +
          'conversation = if_not_exists(conversation, :none), totalTurns = if_not_exists(totalTurns, :zero)',
        ConditionExpression:
          'attribute_not_exists(#status) OR #status = :uploaded OR ' +
          '(#status = :validating AND (attribute_not_exists(objectKey) OR objectKey = :key))',
      },
      {
        ':uploaded': 'uploaded',
        ':now': now.toISOString(),
        ':expiresAt': Math.floor(now.getTime() / 1000) + SESSION_TTL_SECONDS,
        ':title': upload.title,
        ':none': [],
        ':zero': 0,
      },
      abortSignal,
    );
  }

  /** @returns false where the lecture is no longer in validation */
  reject(upload: LectureUpload, statusReason: string, abortSignal: AbortSignal): Promise<boolean> {
    return this.#update(
      upload,
      {
        UpdateExpression: 'SET #status = :rejected, statusReason = :reason, updatedAt = :now',
        ConditionExpression: IN_VALIDATION,
      },
      { ':rejected': 'rejected', ':reason': statusReason, ':now': new Date(this.#now()).toISOString() },
      abortSignal,
    );
  }

  /**
   * Leaves the lecture to AgentCore, which finds it even where it cannot be told of it now. Nothing happens where it has
   * been left before.
   */
  async enqueue({ identityId, lectureId, key }: LectureUpload, abortSignal: AbortSignal): Promise<void> {
    try {
      await this.#dynamo.send(
        new PutCommand({
          TableName: this.#table,
          Item: openLectureClaim(identityId, lectureId, key, this.#now()),
          ...UNHELD_CLAIM_CONDITION,
        }),
        { abortSignal },
      );
    } catch (error) {
      if (!isConditionalCheckFailed(error)) throw error;
    }
  }

  /** @returns false where the lecture is no longer in validation */
  accept(upload: LectureUpload, durationSeconds: number, abortSignal: AbortSignal): Promise<boolean> {
    return this.#update(
      upload,
      {
        UpdateExpression: 'SET durationSeconds = :duration, updatedAt = :now',
        ConditionExpression: IN_VALIDATION,
      },
      { ':duration': durationSeconds, ':now': new Date(this.#now()).toISOString() },
      abortSignal,
    );
  }

  async #update(
    { identityId, lectureId, key }: LectureUpload,
    expressions: { UpdateExpression: string; ConditionExpression: string },
    values: Record<string, unknown>,
    abortSignal: AbortSignal,
  ): Promise<boolean> {
    try {
      await this.#dynamo.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { sessionId: identityId, lectureId },
          ...expressions,
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ...values, ':validating': 'validating', ':key': key },
        }),
        { abortSignal },
      );
      return true;
    } catch (error) {
      if (isConditionalCheckFailed(error)) return false;
      throw error;
    }
  }
}
