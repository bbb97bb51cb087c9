import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { encodeWav } from '../../audio/wav.ts';
import {
  BUCKET,
  dynamoClient,
  s3Client,
  startTestAws,
  TABLE,
  type TestAws,
} from '../../containers/local-aws/test-support/local-aws.ts';
import { sessionItemSchema } from '../../protocol/items.ts';
import { lectureKey } from '../../protocol/keys.ts';
import { createLogger } from '../../service-kit/logger.ts';
import { AgentCoreClient } from './agentcore-client.ts';
import { sendOpenAiError, startFakeAgentCore, type FakeAgentCore } from './test-support/fake-agentcore.ts';
import { createValidateLectureHandler, type ValidateLectureHandler } from './validate-lecture.ts';

const identityId = `us-east-1:${randomUUID()}`;
const context = {} as Context;
const wav = encodeWav(new Float32Array(16_000), 8_000);

let aws: TestAws;
let agentCore: FakeAgentCore;
let handler: ValidateLectureHandler;
let lectureId: string;

beforeAll(async () => {
  aws = await startTestAws();
});
afterAll(() => aws.stop());
beforeEach(async () => {
  lectureId = randomUUID();
  agentCore = await startFakeAgentCore();
  handler = createValidateLectureHandler({
    dynamo: dynamoClient(aws),
    s3: s3Client(aws),
    agentCore: new AgentCoreClient({ endpoint: agentCore.endpoint, timeoutMs: 1_000 }),
    bucket: BUCKET,
    table: TABLE,
    log: createLogger('test', 'silent'),
  });
});
afterEach(() => agentCore.stop());

const event = (key: string, eventName = 'ObjectCreated:Post'): object => ({
  Records: [{ eventName, s3: { bucket: { name: BUCKET }, object: { key } } }],
});
/** As S3 writes keys in its events. */
const encoded = (key: string): string => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');

async function store(key: string, body: Uint8Array, title?: string): Promise<string> {
  const Metadata = title === undefined ? {} : { title: encodeURIComponent(title) };
  await s3Client(aws).send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body, Metadata }));
  return key;
}

async function item(): Promise<Record<string, unknown>> {
  const Key = { sessionId: identityId, lectureId };
  const { Item } = await dynamoClient(aws).send(new GetCommand({ TableName: TABLE, Key, ConsistentRead: true }));
  return Item ?? {};
}
const setItem = (fields: object): Promise<unknown> =>
  dynamoClient(aws).send(
    new PutCommand({ TableName: TABLE, Item: { sessionId: identityId, lectureId, conversation: [], ...fields } }),
  );

const transcriptions = (): unknown[] =>
  agentCore.requests.filter(({ path }) => path === '/v1/lectures').map(({ body }) => body);

describe('a recording', () => {
  it('is measured and handed to AgentCore, its item made with the title given', async () => {
    const key = await store(lectureKey(identityId, lectureId, 'week 3 + ö.wav'), wav, 'Woche 3: Ökologie');
    await handler(event(encoded(key)), context);
    expect(transcriptions()).toEqual([{ identityId, lectureId, key }]);
    expect(agentCore.requests[0]).toMatchObject({
      path: `/v1/lectures/${lectureId}/events`,
      body: { identityId, status: 'validating' },
    });
    expect(sessionItemSchema.parse(await item())).toMatchObject({
      title: 'Woche 3: Ökologie',
      status: 'validating',
      durationSeconds: 2,
      conversation: [],
      totalTurns: 0,
    });
  });

  it('keeps the title of its item, and takes its name from the file where there is none', async () => {
    const key = await store(lectureKey(identityId, lectureId, 'Biology.final.wav'), wav);
    await handler(event(encoded(key)), context);
    expect(await item()).toMatchObject({ title: 'Biology.final' });
    await setItem({ status: 'uploaded', title: 'Mine' });
    await handler(event(encoded(key)), context);
    expect(await item()).toMatchObject({ title: 'Mine', status: 'validating' });
  });

  it.each(['transcribing', 'ready', 'rejected'])('that is %s already is left alone', async (status) => {
    const key = await store(lectureKey(identityId, lectureId, 'a.wav'), wav);
    await setItem({ status, title: 'x', objectKey: key });
    await handler(event(encoded(key)), context);
    expect(agentCore.requests).toEqual([]);
    expect(await item()).toMatchObject({ status });
  });

  it('is not moved backwards by a validation that another has overtaken', async () => {
    const key = await store(lectureKey(identityId, lectureId, 'a.mp3'), Buffer.from('no audio'));
    agentCore.answerWith((request, res) => {
      // While this one looks at the file, the lecture becomes ready.
      void setItem({ status: 'ready', objectKey: key }).then(() => res.writeHead(202).end('{}'));
      expect(request.path).toContain('/events');
    });
    await handler(event(encoded(key)), context);
    expect(await item()).toMatchObject({ status: 'ready' });
    expect(agentCore.requests).toHaveLength(1);
  });

  it('is the first of two uploads under one id', async () => {
    const first = await store(lectureKey(identityId, lectureId, 'first.wav'), wav);
    const second = await store(lectureKey(identityId, lectureId, 'second.wav'), wav);
    await handler(event(encoded(first)), context);
    await handler(event(encoded(second)), context);
    expect(transcriptions()).toEqual([{ identityId, lectureId, key: first }]);
  });
});

describe('what is no recording', () => {
  it('is rejected with a reason, told to the student, and kept', async () => {
    const zip = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(1000)]);
    const key = await store(lectureKey(identityId, lectureId, 'lecture.mp3'), zip);
    await handler(event(encoded(key)), context);
    const reason = 'This file is a ZIP archive or an Office document. Please upload MP3, M4A, WAV, FLAC, Ogg or WebM.';
    expect(await item()).toMatchObject({ status: 'rejected', statusReason: reason });
    expect(agentCore.requests.at(-1)).toEqual({
      method: 'POST',
      path: `/v1/lectures/${lectureId}/events`,
      body: { identityId, status: 'rejected', progress: 1, message: reason },
    });
    expect(transcriptions()).toEqual([]);
    await expect(s3Client(aws).send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }))).resolves.toBeDefined();
  });

  it('is rejected also where AgentCore cannot be told', async () => {
    await agentCore.stop();
    const key = await store(lectureKey(identityId, lectureId, 'a.wav'), Buffer.alloc(0));
    await handler(event(encoded(key)), context);
    expect(await item()).toMatchObject({ status: 'rejected', statusReason: 'The file is empty.' });
  });
});

describe('an event', () => {
  it.each([
    'lectures/x/y/z.mp3',
    `lectures/${identityId}/../${randomUUID()}/a.mp3`,
    `transcripts/${identityId}/${randomUUID()}.json`,
    'lectures/%E0%A4%A',
  ])('for the key %s is ignored', async (key) => {
    await handler(event(key), context);
    expect(agentCore.requests).toEqual([]);
  });

  it('for an object that has gone, or was deleted, is ignored', async () => {
    const key = await store(lectureKey(identityId, lectureId, 'a.wav'), wav);
    await handler(event(encoded(key), 'ObjectRemoved:Delete'), context);
    await s3Client(aws).send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));
    await handler(event(encoded(key)), context);
    expect(await item()).toEqual({});
  });

  it('fails, to be delivered again, where AgentCore is down; then it goes through', async () => {
    const key = await store(lectureKey(identityId, lectureId, 'a.wav'), wav);
    agentCore.answerWith((_request, res) => sendOpenAiError(res, 503, 'overloaded', 'Later, please.'));
    await expect(handler(event(encoded(key)), context)).rejects.toThrow('Not validated: 1 of');
    expect(await item()).toMatchObject({ status: 'validating' });
    agentCore.answerWith((_request, res) => res.writeHead(202).end('{}'));
    await handler(event(encoded(key)), context);
    expect(transcriptions()).toHaveLength(2);
  });
});
