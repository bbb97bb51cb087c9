import { randomUUID } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import type { S3Event } from 'aws-lambda';
import { decodeEventKey } from '../../../protocol/keys.ts';
import { Mailbox } from '../test-support/deferred.ts';
import { BUCKET, createDataDir, s3Client, startTestAws, type TestAws } from '../test-support/local-aws.ts';

let dataDir: string;
let aws: TestAws | undefined;
let events: Mailbox<S3Event>;
let failures: number;

beforeEach(async () => {
  dataDir = await createDataDir();
  events = new Mailbox();
  failures = 0;
});

afterEach(async () => {
  await aws?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(settings = {}): Promise<TestAws> {
  aws = await startTestAws({
    dataDir,
    settings,
    handlers: {
      validateLecture: (event) => {
        events.put(event as S3Event);
        return failures-- > 0 ? Promise.reject(new Error('not now')) : Promise.resolve(undefined);
      },
    },
  });
  return aws;
}

const key = () => `lectures/us-east-1:${randomUUID()}/${randomUUID()}/week 3 + notes.mp3`;
const put = (to: TestAws, Key: string) =>
  s3Client(to).send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'sound' }));
const kept = () => readdir(join(dataDir, 'events'));

describe('a new lecture', () => {
  it('is told to the Lambda as S3 tells it', async () => {
    const to = await start();
    const Key = key();
    const { ETag } = await put(to, Key);
    const { Records } = await events.take();
    expect(Records).toEqual([
      expect.objectContaining({
        eventSource: 'aws:s3',
        awsRegion: 'us-east-1',
        eventName: 'ObjectCreated:Put',
        s3: expect.objectContaining({
          bucket: expect.objectContaining({ name: BUCKET, arn: `arn:aws:s3:::${BUCKET}` }),
          object: expect.objectContaining({ size: 5, eTag: ETag?.replaceAll('"', '') }),
        }),
      }),
    ]);
    const encoded = Records[0]?.s3.object.key ?? '';
    expect(encoded).toMatch(/\/week\+3\+%2B\+notes\.mp3$/);
    expect(encoded).toContain('us-east-1%3A');
    expect(decodeEventKey(encoded)).toBe(Key);
  });

  it('has another event name for a form and for parts', async () => {
    const to = await start();
    const s3 = s3Client(to);
    const { url, fields } = await createPresignedPost(s3, { Bucket: BUCKET, Key: key() });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob(['x']), 'x');
    await fetch(url, { method: 'POST', body: form });
    expect((await events.take()).Records[0]?.eventName).toBe('ObjectCreated:Post');

    const target = { Bucket: BUCKET, Key: key() };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
    const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
    expect((await events.take()).Records[0]?.eventName).toBe('ObjectCreated:CompleteMultipartUpload');
  });

  it('is told of only under lectures/', async () => {
    const to = await start();
    await put(to, 'responses/x.mp3');
    await put(to, 'lectures-not/x.mp3');
    const Key = key();
    await put(to, Key);
    const { Records } = await events.take();
    expect(decodeEventKey(Records[0]?.s3.object.key ?? '')).toBe(Key);
  });

  it('is told of twice more when the Lambda fails', async () => {
    const to = await start();
    failures = 2;
    await put(to, key());
    const told = [await events.take(), await events.take(), await events.take()];
    expect(told[2]).toEqual(told[0]);
    await to.stop();
    expect(await kept()).toEqual([]);
  });

  it('is told of again without a restart when the Lambda failed three times', async () => {
    const to = await start({ SWEEP_INTERVAL_MS: 100 });
    failures = 3;
    await put(to, key());
    const told = [await events.take(), await events.take(), await events.take(), await events.take()];
    expect(told[3]).toEqual(told[0]);
    await to.stop();
    expect(await kept()).toEqual([]);
  });

  it('is told of again after a restart when the Lambda failed three times', async () => {
    const to = await start();
    failures = 3;
    await put(to, key());
    const told = [await events.take(), await events.take(), await events.take()];
    await to.stop();
    expect(await kept()).toHaveLength(1);
    expect(events.size).toBe(0);

    const again = await start();
    expect(await events.take()).toEqual(told[0]);
    await again.stop();
    expect(await kept()).toEqual([]);
  });

  it('that never appeared, or is gone by the restart, is not told of', async () => {
    const to = await start();
    failures = 3;
    const Key = key();
    await put(to, Key);
    for (let i = 0; i < 3; i++) await events.take();
    await s3Client(to).send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    await to.stop();
    await writeFile(join(dataDir, 'events', 'torn.json'), '{"object":');

    const again = await start();
    await again.stop();
    expect(events.size).toBe(0);
    expect(await kept()).toEqual([]);
  });
});
