import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateMultipartUploadCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger } from '../../../service-kit/logger.ts';
import { DiskSpace } from '../support/disk-space.ts';
import { BUCKET, s3Client, startTestAws, type TestAws } from '../test-support/local-aws.ts';
import { applyLifecycle } from './lifecycle.ts';
import { ObjectStore } from './object-store.ts';

const DAY_MS = 24 * 3600 * 1000;
let aws: TestAws;

beforeAll(async () => {
  aws = await startTestAws();
});

afterAll(() => aws.stop());

const keys = async () => {
  const { Contents = [] } = await s3Client(aws).send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return Contents.map(({ Key }) => Key);
};

describe('the lifecycle rules', () => {
  it('delete questions and answers after seven days, and never lectures or transcripts', async () => {
    const s3 = s3Client(aws);
    const all = ['lectures/a', 'queries/id/a', 'responses/id/a', 'transcripts/a'];
    for (const Key of all) await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }));
    await s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: 'lectures/b' }));
    const store = await ObjectStore.open({
      root: join(aws.dataDir, 's3'),
      staging: join(aws.dataDir, 'other-staging'),
      space: await DiskSpace.open(aws.dataDir, createLogger('local-aws', 'silent')),
      onCreate: () => Promise.resolve(undefined),
    });

    expect(await applyLifecycle(store, BUCKET, Date.now() + 7 * DAY_MS - 60_000)).toBe(0);
    expect(await keys()).toEqual(all);
    expect(await applyLifecycle(store, BUCKET, Date.now() + 7 * DAY_MS + 60_000)).toBe(2);
    expect(await keys()).toEqual(['lectures/a', 'transcripts/a']);
    expect(await readdir(store.getResourcePath(BUCKET, undefined, 'uploads'))).toEqual([]);
  });

  it('run by themselves', async () => {
    const later = await startTestAws({ now: () => Date.now() + 8 * DAY_MS, settings: { SWEEP_INTERVAL_MS: 10 } });
    const s3 = s3Client(later);
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'queries/id/a', Body: 'x' }));
    const list = () => s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'queries/' }));
    let left = await list();
    while (left.KeyCount !== 0) left = await list();
    expect(left.Contents).toBeUndefined();
    await later.stop();
  });
});
