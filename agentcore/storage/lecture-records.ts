/** A lecture's status on its session item, which the student may write too. */
import { UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SESSION_TTL_SECONDS } from '../../protocol/items.ts';
import type { LectureRecord, LectureRecords, LectureUpdate } from '../lectures/lecture-ports.ts';
import { unlessRefused } from './conditional-write.ts';
import { storageUnavailable } from './storage-errors.ts';
import type { SessionStore } from './session-store.ts';

export class DynamoLectureRecords implements LectureRecords {
  readonly #documents: DynamoDBDocumentClient;
  readonly #sessions: SessionStore;
  readonly #table: string;

  constructor(documents: DynamoDBDocumentClient, sessions: SessionStore, table: string) {
    this.#documents = documents;
    this.#sessions = sessions;
    this.#table = table;
  }

  async find(identityId: string, lectureId: string): Promise<LectureRecord | undefined> {
    const session = await this.#sessions.get(identityId, lectureId);
    return session && { title: session.title, status: session.status, language: session.language };
  }

  async update(identityId: string, lectureId: string, update: LectureUpdate): Promise<boolean> {
    const { status, statusReason, durationSeconds } = update;
    const now = new Date();
    const set = {
      status,
      durationSeconds,
      statusReason,
      updatedAt: now.toISOString(),
      expiresAt: Math.floor(now.getTime() / 1000) + SESSION_TTL_SECONDS,
    };
    const given = Object.entries(set).filter(([, value]) => value !== undefined);
    const assignments = given.map(([name]) => `#${name} = :${name}`).join(', ');
    // A reason of an earlier try does not outlive it.
    const removal = statusReason === undefined ? ' REMOVE #statusReason' : '';
    const names = [...given.map(([name]) => name), 'statusReason'];
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: { sessionId: identityId, lectureId },
      UpdateExpression: `SET ${assignments}${removal}`,
      ConditionExpression: 'attribute_exists(sessionId)',
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
    });
    try {
      return (await unlessRefused(this.#documents.send(command))) !== undefined;
    } catch (error) {
      throw storageUnavailable(error);
    }
  }
}
