/**
 * Sessions: one item a student and lecture, with the conversation. Guests may write their own items, so what is read
 * is parsed, and what is written is conditional on what was read.
 */
import { DeleteCommand, GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { SynapscribeError } from '../../protocol/errors.ts';
import { SESSION_TTL_SECONDS, sessionItemSchema, type SessionItem, type Turn } from '../../protocol/items.ts';
import { ALL_LECTURES } from '../../protocol/keys.ts';
import { unlessRefused } from './conditional-write.ts';
import { queryPages } from './query-pages.ts';
import { storageUnavailable } from './storage-errors.ts';

/** DynamoDB's limit is 400 KB an item; the rest of the item is small. */
const MAX_CONVERSATION_BYTES = 300_000;
const MAX_ATTEMPTS = 40;
const MAX_BACKOFF_MS = 100;

export interface ReadyLecture {
  lectureId: string;
  title: string;
}

export class SessionStore {
  readonly #documents: DynamoDBDocumentClient;
  readonly #table: string;
  /** The last append of each session that is being written here: the next one waits for it. */
  readonly #appends = new Map<string, Promise<number>>();

  constructor(documents: DynamoDBDocumentClient, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  /**
   * The session, or `undefined` where there is none, it has ended, or what stands there is not one.
   * @throws SynapscribeError internal where DynamoDB cannot be reached
   */
  async get(identityId: string, lectureId: string, signal?: AbortSignal): Promise<SessionItem | undefined> {
    const parsed = sessionItemSchema.safeParse(await this.#read(identityId, lectureId, signal));
    if (!parsed.success) return undefined;
    return hasEnded(parsed.data) ? undefined : parsed.data;
  }

  /**
   * The conversation about all of a student's lectures: it begins with its first turn.
   * @throws SynapscribeError internal where DynamoDB cannot be reached
   */
  async getAll(identityId: string, signal?: AbortSignal): Promise<SessionItem> {
    return (await this.get(identityId, ALL_LECTURES, signal)) ?? newConversation(identityId);
  }

  /**
   * A student's lectures that are ready, the newest first.
   * @throws SynapscribeError internal where DynamoDB cannot be reached
   */
  async listReady(identityId: string, signal?: AbortSignal): Promise<ReadyLecture[]> {
    const found: SessionItem[] = [];
    const input = {
      TableName: this.#table,
      KeyConditionExpression: 'sessionId = :identity',
      ProjectionExpression: 'sessionId, lectureId, title, #status, createdAt, expiresAt',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':identity': identityId },
    };
    for await (const { Items = [] } of queryPages(this.#documents, input, signal)) {
      found.push(...Items.flatMap((item) => sessionItemSchema.safeParse(item).data ?? []));
    }
    return found
      .filter((item) => item.status === 'ready' && item.lectureId !== ALL_LECTURES && !hasEnded(item))
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || a.lectureId.localeCompare(b.lectureId))
      .map(({ lectureId, title }) => ({ lectureId, title }));
  }

  /** Deletes a session with its conversation; one that is not there is no error. @throws SynapscribeError internal */
  async remove(identityId: string, lectureId: string): Promise<void> {
    const Key = { sessionId: identityId, lectureId };
    await this.#documents.send(new DeleteCommand({ TableName: this.#table, Key })).catch((error: unknown) => {
      throw storageUnavailable(error);
    });
  }

  /**
   * Appends a turn once, however often it is called for its query, and lets the session live seven days more.
   * @returns the session's count of turns with this one
   */
  async appendTurn(identityId: string, lectureId: string, turn: Turn): Promise<number> {
    const session = `${identityId}/${lectureId}`;
    const before = this.#appends.get(session) ?? Promise.resolve(0);
    const append = (): Promise<number> => this.#append(identityId, lectureId, turn);
    const appended = before.then(append, append);
    this.#appends.set(session, appended);
    try {
      return await appended;
    } finally {
      if (this.#appends.get(session) === appended) this.#appends.delete(session);
    }
  }

  async #append(identityId: string, lectureId: string, turn: Turn): Promise<number> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const item = await this.#read(identityId, lectureId);
      const begun = item ?? (lectureId === ALL_LECTURES ? newConversation(identityId) : undefined);
      const parsed = sessionItemSchema.safeParse(begun);
      if (!parsed.success) throw new SynapscribeError('not_found', 'This lecture is no longer there.');
      const { conversation, totalTurns } = parsed.data;
      const stored = conversation.find(({ queryId }) => queryId === turn.queryId);
      if (stored !== undefined) return stored.turn ?? totalTurns;
      const number = totalTurns + 1;
      const turns = trimConversation([...conversation, { ...turn, turn: number }]);
      if (await this.#write(parsed.data, item?.['totalTurns'], turns)) return number;
      // Another host was faster.
      await sleep(Math.random() * Math.min(MAX_BACKOFF_MS, 5 * 2 ** attempt));
    }
    throw storageUnavailable(new Error(`a turn could not be stored in ${MAX_ATTEMPTS} attempts`));
  }

  async #read(
    identityId: string,
    lectureId: string,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown> | undefined> {
    try {
      const { Item } = await this.#documents.send(
        new GetCommand({
          TableName: this.#table,
          Key: { sessionId: identityId, lectureId },
          ConsistentRead: true,
        }),
        signal && { abortSignal: signal },
      );
      return Item;
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw storageUnavailable(error);
    }
  }

  /** False where the item has changed since it was read. */
  async #write(item: SessionItem, rawTotalTurns: unknown, conversation: Turn[]): Promise<boolean> {
    const now = new Date();
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: { sessionId: item.sessionId, lectureId: item.lectureId },
      UpdateExpression:
        'SET conversation = :conversation, totalTurns = :next, updatedAt = :now, expiresAt = :expires, ' +
        '#status = if_not_exists(#status, :status), title = if_not_exists(title, :title), ' +
        'createdAt = if_not_exists(createdAt, :now)',
      ConditionExpression: rawTotalTurns === undefined ? 'attribute_not_exists(totalTurns)' : 'totalTurns = :previous',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':status': item.status,
        ':title': item.title,
        ':conversation': conversation,
        ':next': item.totalTurns + 1,
        ':now': now.toISOString(),
        ':expires': Math.floor(now.getTime() / 1000) + SESSION_TTL_SECONDS,
        ...(rawTotalTurns !== undefined && { ':previous': rawTotalTurns }),
      },
    });
    try {
      return (await unlessRefused(this.#documents.send(command))) !== undefined;
    } catch (error) {
      throw storageUnavailable(error);
    }
  }
}

const hasEnded = ({ expiresAt }: SessionItem): boolean => expiresAt > 0 && expiresAt * 1000 < Date.now();

function newConversation(identityId: string): SessionItem {
  return {
    sessionId: identityId,
    lectureId: ALL_LECTURES,
    title: 'All lectures',
    status: 'ready',
    conversation: [],
    totalTurns: 0,
    createdAt: '',
    updatedAt: '',
    expiresAt: 0,
  };
}

/** The newest turns that fit `maxBytes` as JSON, oldest first; the newest is always kept. */
export function trimConversation(turns: readonly Turn[], maxBytes = MAX_CONVERSATION_BYTES): Turn[] {
  let bytes = 0;
  let from = turns.length;
  while (from > 0) {
    bytes += Buffer.byteLength(JSON.stringify(turns[from - 1]));
    if (bytes > maxBytes && from < turns.length) break;
    from--;
  }
  return turns.slice(from);
}
