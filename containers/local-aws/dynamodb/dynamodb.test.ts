import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import {
  createDataDir,
  createGuest,
  dynamoClient,
  failureOf,
  getCredentials,
  s3Client,
  SERVICE_KEY,
  startTestAws,
  TABLE,
  type TestAws,
} from '../test-support/local-aws.ts';
import { deleteExpiredItems } from './sessions-table.ts';
import { ListBucketsCommand } from '@aws-sdk/client-s3';

let aws: TestAws;
let dynamo: DynamoDBDocumentClient;

beforeAll(async () => {
  aws = await startTestAws();
  dynamo = dynamoClient(aws);
});

afterAll(async () => {
  dynamo.destroy();
  await aws.stop();
});

const put = (Item: Record<string, unknown>) => dynamo.send(new PutCommand({ TableName: TABLE, Item }));
const get = async (sessionId: string, lectureId: string) =>
  (await dynamo.send(new GetCommand({ TableName: TABLE, Key: { sessionId, lectureId } }))).Item;

describe('the sessions table', () => {
  it('is there from the start, keyed by session and lecture, paid by request', async () => {
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: [
        { AttributeName: 'sessionId', KeyType: 'HASH' },
        { AttributeName: 'lectureId', KeyType: 'RANGE' },
      ],
    });
  });

  it('takes the writes of the services: conditional, counting, sets', async () => {
    const Key = { sessionId: 's', lectureId: 'l' };
    await put({ ...Key, conversation: [], totalTurns: 0 });
    const add = () =>
      dynamo.send(
        new UpdateCommand({
          TableName: TABLE,
          Key,
          UpdateExpression:
            'SET conversation = list_append(conversation, :turn), totalTurns = totalTurns + :one ADD queryIds :id',
          ConditionExpression: 'NOT contains(queryIds, :query)',
          ExpressionAttributeValues: {
            ':turn': [{ queryId: 'q' }],
            ':one': 1,
            ':id': new Set(['q']),
            ':query': 'q',
          },
          ReturnValues: 'ALL_NEW',
        }),
      );
    expect((await add()).Attributes).toMatchObject({ totalTurns: 1, conversation: [{ queryId: 'q' }] });
    expect(await failureOf(add())).toMatchObject({ name: 'ConditionalCheckFailedException' });
  });

  it('counts right under twenty writers at once', async () => {
    const Key = { sessionId: 'count', lectureId: 'l' };
    await Promise.all(
      Array.from({ length: 20 }, () =>
        dynamo.send(
          new UpdateCommand({
            TableName: TABLE,
            Key,
            UpdateExpression: 'ADD turns :one',
            ExpressionAttributeValues: { ':one': 1 },
          }),
        ),
      ),
    );
    expect(await get('count', 'l')).toMatchObject({ turns: 20 });
  });

  it('refuses an item nested too deeply, and goes on', async () => {
    const nest = (levels: number): unknown => (levels === 0 ? 'x' : [nest(levels - 1)]);
    expect(await failureOf(put({ sessionId: 'deep', lectureId: 'l', list: nest(500) }))).toEqual({
      name: 'ValidationException',
      status: 400,
    });
    await put({ sessionId: 'deep', lectureId: 'l', list: nest(30) });
    expect(await get('deep', 'l')).toMatchObject({ list: nest(30) });
  });

  it('deletes what has expired, and only that', async () => {
    const now = Date.UTC(2030, 0, 1);
    const seconds = now / 1000;
    await put({ sessionId: 'ttl', lectureId: 'past', expiresAt: seconds - 1 });
    await put({ sessionId: 'ttl', lectureId: 'future', expiresAt: seconds + 1 });
    await put({ sessionId: 'ttl', lectureId: 'never' });
    await put({ sessionId: 'ttl', lectureId: 'text', expiresAt: '1' });
    const client = new DynamoDBClient({ region: 'us-east-1', endpoint: aws.awsUrl, credentials: SERVICE_KEY });
    expect(await deleteExpiredItems(client, TABLE, now)).toBe(1);
    client.destroy();
    const { Items } = await dynamo.send(
      new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: 'sessionId = :s',
        ExpressionAttributeValues: { ':s': 'ttl' },
      }),
    );
    expect(Items?.map((item) => String(item['lectureId']))).toEqual(['future', 'never', 'text']);
  });
});

describe('a guest', () => {
  it('puts and gets its own sessions and nothing else', async () => {
    const { identityId, credentials } = await createGuest(aws);
    const guest = dynamoClient(aws, credentials);
    const Key = { sessionId: identityId, lectureId: 'l' };
    const Item = { ...Key, title: 'mine' };
    const ExpressionAttributeValues = { ':s': identityId };
    await guest.send(new PutCommand({ TableName: TABLE, Item }));
    expect((await guest.send(new GetCommand({ TableName: TABLE, Key }))).Item).toEqual(Item);

    const other = { sessionId: 'connection#x', lectureId: 'connection' };
    const KeyConditionExpression = 'sessionId = :s';
    const attempts = [
      guest.send(new PutCommand({ TableName: TABLE, Item: other })),
      guest.send(new GetCommand({ TableName: TABLE, Key: other })),
      guest.send(new DeleteCommand({ TableName: TABLE, Key })),
      guest.send(new UpdateCommand({ TableName: TABLE, Key, UpdateExpression: 'REMOVE title' })),
      guest.send(new QueryCommand({ TableName: TABLE, KeyConditionExpression, ExpressionAttributeValues })),
      guest.send(new ScanCommand({ TableName: TABLE })),
    ];
    const results = await Promise.all(attempts.map(failureOf));
    expect(results).toEqual(attempts.map(() => ({ name: 'AccessDeniedException', status: 400 })));
    expect(await get(identityId, 'l')).toEqual(Item);
  });
});

describe('a guest’s condition', () => {
  it('may be simple, and is refused where parsing it would take for ever', async () => {
    const { identityId, credentials } = await createGuest(aws);
    const guest = dynamoClient(aws, credentials);
    const putIf = (ConditionExpression: string) =>
      guest.send(
        new PutCommand({ TableName: TABLE, Item: { sessionId: identityId, lectureId: 'l' }, ConditionExpression }),
      );
    await putIf('attribute_not_exists(sessionId)');
    expect(await failureOf(putIf('('.repeat(1000)))).toEqual({ name: 'ValidationException', status: 400 });
  });
});

describe('a signature', () => {
  it.each([
    ['an unknown key', { accessKeyId: 'x', secretAccessKey: 'y' }, 'UnrecognizedClientException'],
    ['a wrong secret', { accessKeyId: 'local', secretAccessKey: 'y' }, 'InvalidSignatureException'],
  ])('with %s is refused', async (_what, credentials, name) => {
    const stranger = dynamoClient(aws, credentials);
    expect(await failureOf(stranger.send(new ScanCommand({ TableName: TABLE })))).toEqual({ name, status: 400 });
  });

  it('is needed', async () => {
    const headers = { 'x-amz-target': 'DynamoDB_20120810.Scan', 'content-type': 'application/x-amz-json-1.0' };
    const body = JSON.stringify({ TableName: TABLE });
    const response = await fetch(aws.awsUrl, { method: 'POST', headers, body });
    expect(await response.json()).toMatchObject({ __type: expect.stringContaining('MissingAuthenticationToken') });
  });
});

describe('after a restart', () => {
  it('items, objects’ bucket, identities and credentials are still there', async () => {
    const dataDir = await createDataDir();
    const first = await startTestAws({ dataDir });
    await dynamoClient(first).send(
      new PutCommand({ TableName: TABLE, Item: { sessionId: 's', lectureId: 'l', n: 1 } }),
    );
    const { identityId, credentials } = await createGuest(first);
    await first.stop();

    const second = await startTestAws({ dataDir });
    try {
      const found = await dynamoClient(second).send(
        new GetCommand({ TableName: TABLE, Key: { sessionId: 's', lectureId: 'l' } }),
      );
      expect(found.Item).toMatchObject({ n: 1 });
      expect((await s3Client(second).send(new ListBucketsCommand({}))).Buckets).toHaveLength(1);
      const guest = dynamoClient(second, credentials);
      await guest.send(new PutCommand({ TableName: TABLE, Item: { sessionId: identityId, lectureId: 'l' } }));
      await expect(getCredentials(second, identityId)).resolves.toBeDefined();
    } finally {
      await second.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('a folder that is in use is told in a sentence', async () => {
    await expect(startTestAws({ dataDir: aws.dataDir })).rejects.toThrow(/in use/);
  });
});
