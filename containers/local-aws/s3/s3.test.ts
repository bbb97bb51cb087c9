import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
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

const put = (Key: string, Body: string | Buffer = 'content') =>
  s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));

async function get(Key: string, Range?: string) {
  const { Body, ...rest } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key, Range }));
  return { text: (await Body?.transformToString()) ?? '', ...rest };
}

const exists = (Key: string) =>
  s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key })).then(
    () => true,
    () => false,
  );

const errorCode = async (response: Response) => /<Code>(.*?)<\/Code>/.exec(await response.text())?.[1];

describe('the bucket', () => {
  it('is there from the start', async () => {
    await expect(s3.send(new HeadBucketCommand({ Bucket: BUCKET }))).resolves.toBeDefined();
  });

  it('is the only one', async () => {
    expect(await failureOf(s3.send(new PutObjectCommand({ Bucket: 'other-bucket', Key: 'a', Body: 'b' })))).toEqual({
      name: 'NoSuchBucket',
      status: 404,
    });
  });
});

describe('an object', () => {
  it('that a crash of the machine left empty is not there, and can be stored again', async () => {
    const Key = 'responses/damaged.mp3';
    await put(Key);
    await writeFile(join(aws.dataDir, 's3', BUCKET, `${Key}._S3rver_object`), '');
    expect(await failureOf(get(Key))).toEqual({ name: 'NoSuchKey', status: 404 });
    expect(await failureOf(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key })))).toMatchObject({ status: 404 });
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: Key }));
    expect(KeyCount).toBe(0);
    await put(Key, 'again');
    expect(await get(Key)).toMatchObject({ text: 'again' });
  });

  it('comes back with its type and metadata under a key with spaces, plus and colon', async () => {
    const key = 'transcripts/us-east-1:id/week 3 + ünïcode (1).json';
    const Metadata = { title: 'Week 3', 'lecture-id': 'x' };
    const { ETag } = await s3.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: '{}', Metadata, ContentType: 'application/json' }),
    );
    expect(await get(key)).toMatchObject({ text: '{}', ContentType: 'application/json', Metadata, ETag });
    expect(ETag).toBe(`"${createHash('md5').update('{}').digest('hex')}"`);
  });

  it('may be streamed in the SDK’s chunked encoding with a checksum at its end', async () => {
    const content = randomBytes(300_000);
    const Body = Readable.from([content.subarray(0, 70_000), content.subarray(70_000)]);
    await s3.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: 'responses/stream', Body, ContentLength: content.length }),
    );
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'responses/stream' }));
    expect(Buffer.from((await body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
  });

  it('may be empty', async () => {
    await put('responses/empty', Buffer.alloc(0));
    expect(await get('responses/empty')).toMatchObject({ text: '', ContentLength: 0 });
  });

  it('is replaced as a whole, type and metadata included', async () => {
    await s3.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: 'responses/twice', Body: 'first', Metadata: { a: '1' } }),
    );
    await put('responses/twice', 'second');
    expect(await get('responses/twice')).toMatchObject({ text: 'second', Metadata: {} });
  });

  it.each([
    ['bytes=0-0', 'a', 'bytes 0-0/10'],
    ['bytes=2-4', 'cde', 'bytes 2-4/10'],
    ['bytes=7-', 'hij', 'bytes 7-9/10'],
    ['bytes=-3', 'hij', 'bytes 7-9/10'],
    ['bytes=5-99', 'fghij', 'bytes 5-9/10'],
  ])('is read in part with %s', async (range, text, ContentRange) => {
    await put('responses/range', 'abcdefghij');
    expect(await get('responses/range', range)).toMatchObject({ text, ContentRange });
  });

  it('refuses a range beyond its end with 416', async () => {
    await put('responses/range', 'abcdefghij');
    expect(await failureOf(get('responses/range', 'bytes=10-'))).toEqual({ name: 'InvalidRange', status: 416 });
  });

  it('that does not exist is NoSuchKey', async () => {
    expect(await failureOf(get('responses/none'))).toEqual({ name: 'NoSuchKey', status: 404 });
  });

  it('is not made twice with If-None-Match', async () => {
    const create = () =>
      s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'responses/once', Body: 'x', IfNoneMatch: '*' }));
    await create();
    expect(await failureOf(create())).toMatchObject({ status: 412 });
  });

  it('is copied with its metadata', async () => {
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'responses/from', Body: 'x', Metadata: { a: '1' } }));
    await s3.send(
      new CopyObjectCommand({ Bucket: BUCKET, Key: 'responses/to', CopySource: `${BUCKET}/responses/from` }),
    );
    expect(await get('responses/to')).toMatchObject({ text: 'x', Metadata: { a: '1' } });
  });

  it('can be deleted, again and again', async () => {
    await put('responses/deep/er/gone');
    for (let i = 0; i < 2; i++) {
      await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'responses/deep/er/gone' }));
    }
    expect(await exists('responses/deep/er/gone')).toBe(false);
  });

  it('may share its name with the beginning of another key', async () => {
    await put('responses/a', 'one');
    await put('responses/a/b', 'two');
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'responses/a/b' }));
    expect((await get('responses/a')).text).toBe('one');
  });

  it.each(['../x', 'a/../b', 'a//b', './a', 'a/./b', 'a._S3rver_object', 'x'.repeat(300), 'y/'.repeat(600)])(
    'is refused under the key %s',
    async (key) => {
      // By hand: the URL must reach the server as it is.
      const url = new URL(await getSignedUrl(s3, new PutObjectCommand({ Bucket: BUCKET, Key: 'k' })));
      const path = `/${BUCKET}/${key}`;
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const { hostname, port, search } = url;
        const sent = request({ method: 'PUT', hostname, port, path: path + search }, (res) => {
          res.resume();
          resolve(res.statusCode);
        });
        sent.on('error', reject).end('x');
      });
      expect(status).toBe(400);
    },
  );
});

describe('a body that is not what the request says', () => {
  const send = async (headers: Record<string, string>, body: string) => {
    const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket: BUCKET, Key: 'responses/bad' }));
    return await fetch(url, { method: 'PUT', headers, body });
  };

  it.each([
    ['another MD5', { 'content-md5': createHash('md5').update('other').digest('base64') }, 'BadDigest'],
    ['another CRC32', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 'BadDigest'],
    ['another SHA-256', { 'x-amz-checksum-sha256': 'AAAA' }, 'BadDigest'],
  ])('is refused for %s, and nothing is stored', async (_what, headers, code) => {
    const response = await send(headers, 'content');
    expect([response.status, await errorCode(response)]).toEqual([400, code]);
    expect(await exists('responses/bad')).toBe(false);
  });

  it('leaves nothing behind when the client goes away in the middle', async () => {
    const url = new URL(await getSignedUrl(s3, new PutObjectCommand({ Bucket: BUCKET, Key: 'responses/half' })));
    await new Promise<void>((resolve) => {
      const sent = request(url, { method: 'PUT', headers: { 'content-length': 1000 } });
      sent.on('error', () => undefined);
      sent.once('close', resolve);
      sent.write('half', () => sent.destroy());
    });
    // The next request is answered after the server has seen the first one end.
    await put('responses/after');
    expect(await exists('responses/half')).toBe(false);
  });
});

describe('a listing', () => {
  it('is in order, by prefix and folder', async () => {
    for (const key of ['b/2', 'b/10', 'b/c/1', 'b/c/2', 'a']) await put(`transcripts/list/${key}`);
    const { Contents, CommonPrefixes } = await s3.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'transcripts/list/b/', Delimiter: '/' }),
    );
    expect(Contents?.map(({ Key }) => Key)).toEqual(['transcripts/list/b/10', 'transcripts/list/b/2']);
    expect(CommonPrefixes).toEqual([{ Prefix: 'transcripts/list/b/c/' }]);
  });

  it('comes in pages', async () => {
    const names = ['1 & 1', '2', '3/a', '3/b', '4'].map((name) => `transcripts/pages/${name}`);
    for (const key of names) await put(key);
    const pages = paginateListObjectsV2(
      { client: s3, pageSize: 2 },
      { Bucket: BUCKET, Prefix: 'transcripts/pages/', Delimiter: '/' },
    );
    const seen: string[][] = [];
    for await (const { Contents = [], CommonPrefixes = [] } of pages) {
      seen.push([...Contents.map(({ Key = '' }) => Key), ...CommonPrefixes.map(({ Prefix = '' }) => Prefix)]);
    }
    expect(seen).toEqual([
      ['transcripts/pages/1 & 1', 'transcripts/pages/2'],
      ['transcripts/pages/4', 'transcripts/pages/3/'],
    ]);
  });

  it('gives what several deletions leave', async () => {
    for (const key of ['1', '2', '3']) await put(`transcripts/del/${key}`);
    const Objects = ['1', '3', 'never'].map((key) => ({ Key: `transcripts/del/${key}` }));
    await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'transcripts/del/' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['transcripts/del/2']);
  });
});

describe('an upload in parts', () => {
  const Key = 'responses/parts';
  const first = randomBytes(5 * 1024 * 1024);
  const last = randomBytes(1000);
  const target = { Bucket: BUCKET, Key };

  async function upload(): Promise<{ UploadId: string; Parts: { PartNumber: number; ETag: string | undefined }[] }> {
    const { UploadId = '' } = await s3.send(
      new CreateMultipartUploadCommand({ ...target, Metadata: { a: '1' }, ContentType: 'audio/mpeg' }),
    );
    const Parts = [];
    for (const [index, Body] of [first, last].entries()) {
      const PartNumber = index + 1;
      const { ETag } = await s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    return { UploadId, Parts };
  }

  it('becomes one object when it is completed', async () => {
    const { UploadId, Parts } = await upload();
    expect(await exists(Key)).toBe(false);
    const { ETag } = await s3.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    const { Body, ...object } = await s3.send(new GetObjectCommand(target));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(Buffer.concat([first, last]))).toBe(true);
    expect(object).toMatchObject({ ETag, Metadata: { a: '1' }, ContentType: 'audio/mpeg' });
  });

  it('is refused with a wrong part, a wrong order or another key, and stays open', async () => {
    const { UploadId, Parts } = await upload();
    const complete = (parts: typeof Parts, key = Key) =>
      s3.send(
        new CompleteMultipartUploadCommand({ Bucket: BUCKET, Key: key, UploadId, MultipartUpload: { Parts: parts } }),
      );
    const wrong = Parts.map((part) => ({ ...part, ETag: '"00000000000000000000000000000000"' }));
    expect(await failureOf(complete(wrong))).toEqual({ name: 'InvalidPart', status: 400 });
    expect(await failureOf(complete([...Parts].reverse()))).toEqual({ name: 'InvalidPartOrder', status: 400 });
    expect(await failureOf(complete(Parts, 'responses/else'))).toEqual({ name: 'NoSuchUpload', status: 404 });
    await expect(complete(Parts)).resolves.toBeDefined();
  });

  it('is gone when it is aborted', async () => {
    const { UploadId, Parts } = await upload();
    await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
    const completed = s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
    expect(await failureOf(completed)).toEqual({ name: 'NoSuchUpload', status: 404 });
  });

  it.each(['../../../x', 'a'.repeat(32)])('is not found under the id %s', async (UploadId) => {
    const part = s3.send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'x' }));
    expect(await failureOf(part)).toEqual({ name: 'NoSuchUpload', status: 404 });
  });
});

describe('a signature', () => {
  it('in a URL opens the object, and only that one', async () => {
    await put('responses/signed', 'secret');
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: BUCKET, Key: 'responses/signed' }));
    expect(await (await fetch(url)).text()).toBe('secret');
    const other = await fetch(url.replace('responses/signed', 'responses/other'));
    expect([other.status, await errorCode(other)]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  it('in a URL may set headers of the answer', async () => {
    await put('responses/download');
    const url = await getSignedUrl(
      s3,
      new GetObjectCommand({
        Bucket: BUCKET,
        Key: 'responses/download',
        ResponseContentDisposition: 'attachment; filename="a.mp3"',
      }),
    );
    expect((await fetch(url)).headers.get('content-disposition')).toBe('attachment; filename="a.mp3"');
  });

  it('for a name that the service has inside a container holds from outside', async () => {
    await put('responses/signed', 'secret');
    const inside = s3Client({ awsUrl: 'http://local-aws:4566' });
    const url = await getSignedUrl(inside, new GetObjectCommand({ Bucket: BUCKET, Key: 'responses/signed' }));
    expect((await fetch(url.replace('http://local-aws:4566', aws.awsUrl))).status).toBe(200);
    const strange = s3Client({ awsUrl: 'http://elsewhere:4566' });
    const refused = await getSignedUrl(strange, new GetObjectCommand({ Bucket: BUCKET, Key: 'responses/signed' }));
    expect((await fetch(refused.replace('http://elsewhere:4566', aws.awsUrl))).status).toBe(403);
  });

  it('in a URL ends', async () => {
    await put('responses/signed', 'secret');
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: BUCKET, Key: 'responses/signed' }), {
      signingDate: new Date(Date.now() - 61_000),
      expiresIn: 60,
    });
    const response = await fetch(url);
    expect([response.status, await errorCode(response)]).toEqual([403, 'AccessDenied']);
  });

  it.each([
    ['no signature', {}, 403, 'AccessDenied'],
    ['a broken one', { authorization: 'AWS4-HMAC-SHA256 nonsense' }, 400, 'AuthorizationHeaderMalformed'],
    ['another scheme', { authorization: 'Bearer x' }, 400, 'AuthorizationHeaderMalformed'],
  ])('is needed: %s', async (_what, headers, status, code) => {
    const response = await fetch(`${aws.awsUrl}/${BUCKET}/responses/signed`, { headers });
    expect([response.status, await errorCode(response)]).toEqual([status, code]);
  });

  it.each([
    ['unknown key', { accessKeyId: 'stranger', secretAccessKey: 'x' }, 'InvalidAccessKeyId'],
    ['wrong secret', { accessKeyId: 'local', secretAccessKey: 'x' }, 'SignatureDoesNotMatch'],
    ['forged token', { accessKeyId: 'ASIAX', secretAccessKey: 'x', sessionToken: 'e30.x' }, 'InvalidAccessKeyId'],
  ])('is refused: %s', async (_what, credentials, name) => {
    const stranger = s3Client(aws, credentials);
    const listed = stranger.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    expect(await failureOf(listed)).toEqual({ name, status: 403 });
  });

  it('from a clock that is off is refused', async () => {
    const late = s3Client(aws);
    late.config.systemClockOffset = -20 * 60 * 1000;
    const listed = late.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    expect(await failureOf(listed)).toEqual({ name: 'RequestTimeTooSkewed', status: 403 });
  });
});

describe('a guest', () => {
  it('puts questions under its own identity and does nothing else', async () => {
    const { identityId, credentials } = await createGuest(aws);
    const { identityId: other } = await createGuest(aws);
    const guest = s3Client(aws, credentials);
    const own = { Bucket: BUCKET, Key: `queries/${identityId}/q.wav` };
    await guest.send(new PutObjectCommand({ ...own, Body: 'wav' }));
    expect((await get(own.Key)).text).toBe('wav');

    const denied = { name: 'AccessDenied', status: 403 };
    const attempts = [
      guest.send(new PutObjectCommand({ ...own, Key: `queries/${other}/q.wav`, Body: 'x' })),
      guest.send(new PutObjectCommand({ ...own, Key: `lectures/${identityId}/q.wav`, Body: 'x' })),
      guest.send(new PutObjectCommand({ ...own, Key: `queries/${identityId}x/q.wav`, Body: 'x' })),
      guest.send(new GetObjectCommand(own)),
      guest.send(new DeleteObjectCommand(own)),
      guest.send(new ListObjectsV2Command({ Bucket: BUCKET })),
      guest.send(new CopyObjectCommand({ ...own, CopySource: `${BUCKET}/responses/secret` })),
    ];
    const results = await Promise.all(attempts.map(failureOf));
    expect(results).toEqual(attempts.map(() => denied));
  });

  it('may sign a URL for what it may do, and no other', async () => {
    const { identityId, credentials } = await createGuest(aws);
    const guest = s3Client(aws, credentials);
    const own = { Bucket: BUCKET, Key: `queries/${identityId}/q.webm` };
    const allowed = await getSignedUrl(guest, new PutObjectCommand(own));
    expect((await fetch(allowed, { method: 'PUT', body: 'x' })).status).toBe(200);
    const denied = await getSignedUrl(guest, new GetObjectCommand(own));
    expect((await fetch(denied)).status).toBe(403);
  });
});

describe('a page', () => {
  it('on this machine may read answers and ask before it sends', async () => {
    const headers = {
      origin: 'http://localhost:5173',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type,x-amz-date',
    };
    const preflight = await fetch(`${aws.awsUrl}/${BUCKET}/queries/x`, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type,x-amz-date');
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');

    await put('responses/page');
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: BUCKET, Key: 'responses/page' }));
    const response = await fetch(url, { headers: { origin: 'http://127.0.0.1:8080' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('http://127.0.0.1:8080');
    expect(response.headers.get('access-control-expose-headers')).toContain('ETag');
  });

  it.each(['https://evil.example', 'null', 'http://localhost.evil.example'])('from %s may not', async (origin) => {
    const headers = { origin, 'access-control-request-method': 'PUT' };
    const preflight = await fetch(`${aws.awsUrl}/${BUCKET}/queries/x`, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(403);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});
