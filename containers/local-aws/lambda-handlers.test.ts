import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { handler as validateLecture } from '../../cdktf/lambda/validate-lecture.ts';
import { handler as webSocket } from '../../cdktf/lambda/websocket-handler.ts';
import { startFakeAgentCore, type FakeAgentCore } from '../../cdktf/lambda/test-support/fake-agentcore.ts';
import { connectionItemKey } from '../../protocol/items.ts';
import { serverMessageSchema, type ServerMessage } from '../../protocol/messages.ts';
import { Mailbox } from './test-support/deferred.ts';
import {
  BUCKET,
  createGuest,
  dynamoClient,
  presignWebSocketUrl,
  s3Client,
  startTestAws,
  TABLE,
  type Guest,
  type TestAws,
} from './test-support/local-aws.ts';
import { connect, type TestSocket } from './test-support/web-socket.ts';

let agentCore: FakeAgentCore;
let aws: TestAws;
let guest: Guest;
let client: TestSocket;
const disconnected = new Mailbox<string>();
const validated = new Mailbox<unknown>();

beforeAll(async () => {
  agentCore = await startFakeAgentCore();
  aws = await startTestAws({
    settings: { AGENTCORE_ENDPOINT: agentCore.endpoint, LOG_LEVEL: 'silent' },
    handlers: {
      webSocket: async (event, context) => {
        const answer = await webSocket(event, context);
        const { routeKey, connectionId } = (event as { requestContext: Record<string, string> }).requestContext;
        if (routeKey === '$disconnect') disconnected.put(connectionId ?? '');
        return answer;
      },
      validateLecture: async (event, context) => {
        await validateLecture(event, context);
        validated.put(event);
      },
    },
  });
  guest = await createGuest(aws);
  client = await connect(await presignWebSocketUrl(aws.pageUrl, guest.credentials));
});

afterAll(async () => {
  client.socket.terminate();
  await aws.stop();
  await agentCore.stop();
});

async function ask(message: object): Promise<ServerMessage> {
  client.send(message);
  return serverMessageSchema.parse(JSON.parse(await client.next()));
}

const session = async (lectureId: string) => {
  const Key = { sessionId: guest.identityId, lectureId };
  return (await dynamoClient(aws).send(new GetCommand({ TableName: TABLE, Key, ConsistentRead: true }))).Item;
};

describe('the real Lambda handlers', () => {
  it('answer a ping', async () => {
    expect(await ask({ action: 'ping' })).toEqual({ type: 'pong' });
  });

  it('take a lecture from the form to AgentCore', async () => {
    const lectureId = randomUUID();
    const recording = await readFile('samples/honey-lecture.mp3');
    const upload = { action: 'upload', lectureId, title: 'Honey', filename: 'honey lecture.mp3' };
    const reply = await ask({ ...upload, contentType: 'audio/mpeg', bytes: recording.length });
    if (reply.type !== 'upload') throw new Error(`unexpected ${JSON.stringify(reply)}`);
    expect(reply.url).toBe(`${aws.awsUrl}/${BUCKET}`);

    const form = new FormData();
    for (const [name, value] of Object.entries(reply.fields)) form.append(name, value);
    form.append('file', new Blob([recording]), 'honey lecture.mp3');
    expect((await fetch(reply.url, { method: 'POST', body: form })).status).toBe(204);

    await validated.take();
    const started = agentCore.requests.find(({ path }) => path === '/v1/lectures');
    expect(started?.body).toMatchObject({ identityId: guest.identityId, lectureId });
    expect(await session(lectureId)).toMatchObject({ title: 'Honey', durationSeconds: expect.any(Number) });
  });

  it('reject a lecture that is no recording', async () => {
    const lectureId = randomUUID();
    await s3Client(aws).send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: `lectures/${guest.identityId}/${lectureId}/notes.mp3`,
        Body: 'These are notes, not sound.',
      }),
    );
    await validated.take();
    expect(await session(lectureId)).toMatchObject({ status: 'rejected', statusReason: expect.any(String) });
  });

  it('take a question to AgentCore for the identity that connected', async () => {
    const ids = { queryId: randomUUID(), lectureId: randomUUID() };
    const audioKey = `queries/${guest.identityId}/${ids.queryId}.wav`;
    const guestS3 = s3Client(aws, guest.credentials);
    await guestS3.send(new PutObjectCommand({ Bucket: BUCKET, Key: audioKey, Body: 'wav' }));
    expect(await ask({ action: 'query', ...ids, audioKey })).toEqual({
      type: 'accepted',
      queryId: ids.queryId,
      seq: 0,
    });
    const asked = agentCore.requests.find(({ path }) => path === '/v1/queries');
    expect(asked?.body).toMatchObject({ ...ids, audioKey, identityId: guest.identityId });
  });

  it('forget a connection that has closed', async () => {
    const other = await connect(await presignWebSocketUrl(aws.pageUrl, guest.credentials));
    other.send({ action: 'ping' });
    await other.next();
    other.socket.close();
    const Key = connectionItemKey(await disconnected.take());
    const dynamo = dynamoClient(aws);
    expect((await dynamo.send(new GetCommand({ TableName: TABLE, Key }))).Item).toBeUndefined();
    const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: TABLE }));
    expect(Items.filter((item) => String(item['sessionId']).startsWith('connection#'))).toHaveLength(1);
  });

  it('refuse a handshake without a guest', async () => {
    const url = await presignWebSocketUrl(aws.pageUrl, { accessKeyId: 'local', secretAccessKey: 'local-secret' });
    await expect(connect(url)).rejects.toThrow('403');
  });
});
