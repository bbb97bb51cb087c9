import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BUCKET, createGuest, failureOf, s3Client, startTestAws, type TestAws } from '../test-support/local-aws.ts';

let aws: TestAws;
let s3: S3Client;

beforeAll(async () => {
  aws = await startTestAws();
  s3 = s3Client(aws);
});

afterAll(async () => {
  s3.destroy();
  await aws.stop();
});

type Conditions = PresignedPostOptions['Conditions'];

/** The form that the WebSocketHandler hands out: a fixed key and type, a range of sizes. */
async function presign({ max = 1000, conditions = [] as NonNullable<Conditions>, fields = {}, client = s3 } = {}) {
  const key = `lectures/us-east-1:${randomUUID()}/${randomUUID()}/week 1.mp3`;
  const post = await createPresignedPost(client, {
    Bucket: BUCKET,
    Key: key,
    Conditions: [['content-length-range', 1, max], ...conditions],
    Fields: { 'Content-Type': 'audio/mpeg', 'x-amz-meta-title': 'Week 1', ...fields },
    Expires: 60,
  });
  return { ...post, key };
}

type Post = Awaited<ReturnType<typeof presign>>;

async function send({ url, fields }: Pick<Post, 'url' | 'fields'>, file: Buffer | string, name = 'x.mp3') {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob([file]), name);
  const response = await fetch(url, { method: 'POST', body: form });
  const text = await response.text();
  return { status: response.status, text, code: /<Code>(.*?)<\/Code>/.exec(text)?.[1], headers: response.headers };
}

const head = (Key: string) => s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key }));

describe('a presigned POST', () => {
  it('stores the file with the form’s type and metadata, and answers 204', async () => {
    const post = await presign();
    const answer = await send(post, 'sound');
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(await head(post.key)).toMatchObject({
      ContentLength: 5,
      ContentType: 'audio/mpeg',
      Metadata: { title: 'Week 1' },
      ETag: answer.headers.get('etag'),
    });
  });

  it('answers 201 with XML when the form asks for it', async () => {
    const post = await presign({ fields: { success_action_status: '201' } });
    const { status, text } = await send(post, 'sound');
    expect(status).toBe(201);
    expect(text).toContain(`<Key>${post.key}</Key>`);
  });

  it('puts the file’s own name in place of ${filename}', async () => {
    const { url, fields } = await createPresignedPost(s3, { Bucket: BUCKET, Key: 'lectures/named/${filename}' });
    expect((await send({ url, fields }, 'x', 'C:\\music\\my song.mp3')).status).toBe(204);
    await expect(head('lectures/named/my song.mp3')).resolves.toBeDefined();
  });

  it.each([
    ['larger than allowed', Buffer.alloc(1001), 'EntityTooLarge'],
    ['empty', Buffer.alloc(0), 'EntityTooSmall'],
    ['far larger than allowed', Buffer.alloc(8_000_000), 'EntityTooLarge'],
  ])('refuses a file that is %s', async (_what, file, code) => {
    const post = await presign();
    expect(await send(post, file)).toMatchObject({ status: 400, code });
    expect(await failureOf(head(post.key))).toMatchObject({ status: 404 });
  });

  it.each([
    ['another key', { key: 'lectures/else' }],
    ['another type', { 'Content-Type': 'text/html' }],
    ['other metadata', { 'x-amz-meta-title': 'Week 2' }],
    ['a field that the policy does not name', { 'x-amz-meta-more': 'x' }],
    ['another bucket in the form', { bucket: 'other' }],
  ])('refuses %s', async (_what, changed) => {
    const { url, fields } = await presign();
    expect(await send({ url, fields: { ...fields, ...changed } }, 'sound')).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
  });

  it('refuses a policy that was changed after it was signed', async () => {
    const { url, fields } = await presign({ max: 10 });
    const policy = JSON.parse(Buffer.from(fields['Policy'] ?? '', 'base64').toString()) as { conditions: unknown[] };
    policy.conditions = policy.conditions.map((condition) =>
      Array.isArray(condition) && condition[0] === 'content-length-range' ? [condition[0], 0, 1_000_000] : condition,
    );
    const changed = { ...fields, Policy: Buffer.from(JSON.stringify(policy)).toString('base64') };
    expect(await send({ url, fields: changed }, 'sound')).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  it('refuses a form without a policy', async () => {
    const answer = await send({ url: `${aws.awsUrl}/${BUCKET}`, fields: { key: 'lectures/x' } }, 'sound');
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('refuses a form without a file', async () => {
    const { url, fields } = await presign();
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    const response = await fetch(url, { method: 'POST', body: form });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('exactly one file')]);
  });

  it('refuses a body that is no form at all', async () => {
    const headers = { 'content-type': 'multipart/form-data' };
    const response = await fetch(`${aws.awsUrl}/${BUCKET}`, { method: 'POST', headers, body: 'x' });
    expect(response.status).toBe(400);
  });

  it('allows a guest nothing that the guest may not put itself', async () => {
    const { identityId, credentials } = await createGuest(aws);
    const client = s3Client(aws, credentials);
    const own = await createPresignedPost(client, { Bucket: BUCKET, Key: `queries/${identityId}/q.wav` });
    expect((await send(own, 'x')).status).toBe(204);
    const lecture = await createPresignedPost(client, { Bucket: BUCKET, Key: `lectures/${identityId}/x.mp3` });
    expect(await send(lecture, 'x')).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('leaves nothing behind when the client goes away in the middle', async () => {
    const { url, fields, key } = await presign({ max: 10_000_000 });
    const parts = Object.entries(fields).map(
      ([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    parts.push('--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\n');
    await new Promise<void>((resolve) => {
      const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 5_000_000 };
      const sent = request(url, { method: 'POST', headers });
      sent.on('error', () => undefined);
      sent.once('close', resolve);
      sent.write(parts.join(''));
      sent.write(Buffer.alloc(1_000_000), () => sent.destroy());
    });
    // Answered after the server has seen the end of the first.
    await send(await presign(), 'sound');
    expect(await failureOf(head(key))).toMatchObject({ status: 404 });
    expect(await readdir(join(aws.dataDir, 's3-staging'))).toEqual([]);
  });
});
