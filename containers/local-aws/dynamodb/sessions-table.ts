/** The sessions table: made at the first start, its time to live honoured. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  paginateScan,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

const TABLE_WAIT_SECONDS = 5;

/** @throws Error with a sentence for a person where the database cannot be used */
export async function ensureSessionsTable(client: DynamoDBClient, table: string): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'sessionId', AttributeType: 'S' },
          { AttributeName: 'lectureId', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'sessionId', KeyType: 'HASH' },
          { AttributeName: 'lectureId', KeyType: 'RANGE' },
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: TABLE_WAIT_SECONDS, minDelay: 1 }, { TableName: table });
}

/**
 * Deletes the items whose `expiresAt` (epoch seconds) has passed. An item that was renewed meanwhile stays.
 * @param now epoch milliseconds
 * @returns how many went
 */
export async function deleteExpiredItems(client: DynamoDBClient, table: string, now: number): Promise<number> {
  const ExpressionAttributeValues = { ':now': { N: String(Math.floor(now / 1000)) }, ':number': { S: 'N' } };
  const hasExpired = 'attribute_type(expiresAt, :number) AND expiresAt <= :now';
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      FilterExpression: hasExpired,
      ExpressionAttributeValues,
      ProjectionExpression: 'sessionId, lectureId',
    },
  );
  let deleted = 0;
  for await (const { Items = [] } of pages) {
    for (const Key of Items) {
      const command = new DeleteItemCommand({
        TableName: table,
        Key,
        ConditionExpression: hasExpired,
        ExpressionAttributeValues,
      });
      try {
        await client.send(command);
        deleted++;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    }
  }
  return deleted;
}
