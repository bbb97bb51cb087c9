/** For tests: the sessions table in dynalite, in memory. */
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { listen } from '../../../service-kit/service.ts';

export const TABLE = 'SynapScribe-Sessions';
export const CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

export interface LocalTable {
  dynamo: DynamoDBDocumentClient;
  get: (key: { sessionId: string; lectureId: string }) => Promise<Record<string, unknown> | undefined>;
  put: (item: Record<string, unknown>) => Promise<void>;
  stop: () => Promise<void>;
}

export async function startLocalTable(): Promise<LocalTable> {
  const server = dynalite({ createTableMs: 0 });
  const port = await listen(server, 0, '127.0.0.1');
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: CREDENTIALS,
  });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
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
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 }, { TableName: TABLE });
  const dynamo = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    dynamo,
    get: async (Key) => (await dynamo.send(new GetCommand({ TableName: TABLE, Key }))).Item,
    put: async (Item) => {
      await dynamo.send(new PutCommand({ TableName: TABLE, Item }));
    },
    stop: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
