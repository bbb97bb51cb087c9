/** What has been heard of lectures in work: an item a piece, which ends by itself after seven days. */
import { DeleteCommand, PutCommand, type DynamoDBDocumentClient, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import pLimit from 'p-limit';
import { pieceItemSchema, piecesPartition, SESSION_TTL_SECONDS } from '../../protocol/items.ts';
import type { LecturePieces } from '../lectures/lecture-ports.ts';
import type { TranscribedPiece } from '../lectures/segments.ts';
import { queryPages } from './query-pages.ts';
import { storageUnavailable } from './storage-errors.ts';

/** Four hours are 14,400,000 ms. */
const START_DIGITS = 9;
const CONCURRENT_DELETIONS = 16;

export class DynamoLecturePieces implements LecturePieces {
  readonly #documents: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(documents: DynamoDBDocumentClient, table: string) {
    this.#documents = documents;
    this.#table = table;
  }

  async count(identityId: string, lectureId: string): Promise<number> {
    let count = 0;
    for await (const page of this.#pages(identityId, lectureId, '', 'COUNT')) count += page.Count ?? 0;
    return count;
  }

  async load(identityId: string, lectureId: string, recording: string): Promise<TranscribedPiece[]> {
    const pieces: TranscribedPiece[] = [];
    for await (const page of this.#pages(identityId, lectureId, `${recording}/`, 'ALL_ATTRIBUTES')) {
      for (const item of page.Items ?? []) {
        const parsed = pieceItemSchema.safeParse(item).data;
        if (parsed === undefined) continue;
        const { start, end, voiced, text } = parsed;
        pieces.push({ start, end, voiced, text });
      }
    }
    return pieces;
  }

  async keep(identityId: string, lectureId: string, recording: string, piece: TranscribedPiece): Promise<void> {
    const start = String(Math.round(piece.start * 1000)).padStart(START_DIGITS, '0');
    const Item = {
      sessionId: piecesPartition(identityId, lectureId),
      lectureId: `${recording}/${start}`,
      ...piece,
      expiresAt: Math.floor(Date.now() / 1000) + SESSION_TTL_SECONDS,
    };
    await this.#documents.send(new PutCommand({ TableName: this.#table, Item })).catch((error: unknown) => {
      throw storageUnavailable(error);
    });
  }

  /** Deletes all of a lecture's. @throws SynapscribeError internal */
  async remove(identityId: string, lectureId: string): Promise<void> {
    const limit = pLimit(CONCURRENT_DELETIONS);
    const remove = async (piece: unknown): Promise<void> => {
      const Key = { sessionId: piecesPartition(identityId, lectureId), lectureId: piece };
      await this.#documents.send(new DeleteCommand({ TableName: this.#table, Key })).catch((error: unknown) => {
        throw storageUnavailable(error);
      });
    };
    for await (const { Items = [] } of this.#pages(identityId, lectureId, '', 'ALL_ATTRIBUTES')) {
      await Promise.all(Items.map((item) => limit(() => remove(item['lectureId']))));
    }
  }

  #pages(
    identityId: string,
    lectureId: string,
    prefix: string,
    Select: 'COUNT' | 'ALL_ATTRIBUTES',
  ): AsyncGenerator<QueryCommandOutput, void, undefined> {
    return queryPages(this.#documents, {
      TableName: this.#table,
      KeyConditionExpression: `sessionId = :pieces${prefix === '' ? '' : ' AND begins_with(lectureId, :prefix)'}`,
      ExpressionAttributeValues: {
        ':pieces': piecesPartition(identityId, lectureId),
        ...(prefix !== '' && { ':prefix': prefix }),
      },
      Select,
      ConsistentRead: true,
    });
  }
}
