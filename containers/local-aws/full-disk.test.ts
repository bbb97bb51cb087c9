import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { startChildService, type ChildService } from '../../cli/child-service.ts';
import { Mailbox } from './test-support/deferred.ts';
import { BUCKET, dynamoClient, failureOf, s3Client, TABLE } from './test-support/local-aws.ts';
import { canMountSmallDisk, mountSmallDisk, type SmallDisk } from './test-support/small-disk.ts';

/** Each test starts processes, a few seconds each where the machine is busy. */
const TIMEOUT_MS = 90_000;

const canMount = canMountSmallDisk();
if (!canMount) process.stderr.write('Left out: a full disk, since no disk can be mounted here (it takes Linux).\n');

let disk: SmallDisk;
let child: ChildService | undefined;

async function start() {
  const lines: string[] = [];
  const roomAgain = new Mailbox<string>();
  const validated = new Mailbox<string>();
  const log = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line));
      if (String(line).includes('the disk has room again')) roomAgain.put(String(line));
      if (String(line).includes('"msg":"validate"')) validated.put(String(line));
      done();
    },
  });
  child = await startChildService({
    name: 'local-aws',
    args: ['--import', 'tsx', 'containers/local-aws/test-support/main.ts'],
    env: { ...process.env, PORT: '0', AWS_PORT: '0', DATA_DIR: join(disk.path, 'data') },
    log,
  });
  const pageUrl = `http://127.0.0.1:${child.port}`;
  const { awsEndpointUrl: awsUrl } = (await (await fetch(`${pageUrl}/settings.json`)).json()) as {
    awsEndpointUrl: string;
  };
  const [dynamo, s3] = [dynamoClient({ awsUrl }), s3Client({ awsUrl })];
  return {
    roomAgain,
    validated,
    process: child.process,
    toldOfFullDisk: () => lines.filter((line) => line.includes('the disk is full')).length,
    logLines: () => lines.length,
    putTurn: (lectureId: string) =>
      dynamo.send(new PutCommand({ TableName: TABLE, Item: { sessionId: 's', lectureId, text: 'x'.repeat(20_000) } })),
    deleteTurn: (lectureId: string) =>
      dynamo.send(new DeleteCommand({ TableName: TABLE, Key: { sessionId: 's', lectureId } })),
    hasTurn: async (lectureId: string) => {
      const { Item } = await dynamo.send(new GetCommand({ TableName: TABLE, Key: { sessionId: 's', lectureId } }));
      return Item !== undefined;
    },
    countTurns: async () => {
      const { Count } = await dynamo.send(
        new QueryCommand({
          TableName: TABLE,
          KeyConditionExpression: 'sessionId = :s',
          ExpressionAttributeValues: { ':s': 's' },
        }),
      );
      return Count;
    },
    putObject: (Key: string, bytes = 300_000) =>
      s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.alloc(bytes, 1) })),
    deleteObject: (Key: string) => s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key })),
    sizeOf: async (Key: string) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      return (await Body?.transformToByteArray())?.length;
    },
    post: async (Key: string) => {
      const { url, fields } = await createPresignedPost(s3, { Bucket: BUCKET, Key });
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob([Buffer.alloc(300_000, 1)]), 'week 1.mp3');
      const answer = await fetch(url, { method: 'POST', body: form });
      return { status: answer.status, text: await answer.text() };
    },
    health: () =>
      Promise.all(
        [awsUrl, pageUrl].map(async (url) => {
          const answer = await fetch(`${url}/health`);
          return { status: answer.status, ...((await answer.json()) as object) };
        }),
      ),
  };
}

async function kill(running: { process: ChildService['process'] }): Promise<void> {
  const exited = once(running.process, 'exit');
  running.process.kill('SIGKILL');
  await exited;
}

/** A refusal that comes while a large body is still being sent may be met as a broken connection, as with S3. */
async function refusalOf(put: () => Promise<unknown>): ReturnType<typeof failureOf> {
  for (let attempt = 1; ; attempt++) {
    const failure = await failureOf(put());
    if (failure.name !== 'TimeoutError' || attempt === 5) return failure;
  }
}

const degraded = expect.objectContaining({ status: 'degraded' }) as unknown;
const OK = { status: 'ok' };

(canMount ? describe : describe.skip)('a full disk', () => {
  beforeEach(async () => {
    disk = await mountSmallDisk(32);
  });

  afterEach(async () => {
    await child?.stop();
    await disk.release();
  });

  it(
    'has what cannot be stored refused and what is stored read, and is over by itself',
    async () => {
      const aws = await start();
      await aws.putTurn('before');
      await aws.putTurn('old');
      await aws.putObject('responses/before.mp3');
      expect(await aws.health()).toEqual([OK, OK]);
      await disk.fill();

      const unavailable = { name: 'ServiceUnavailable', status: 503 };
      for (let i = 0; i < 10; i++) {
        expect(await failureOf(aws.putObject(`lectures/${i}.mp3`))).toEqual(unavailable);
        expect(await aws.post(`lectures/post-${i}.mp3`)).toMatchObject({
          status: 503,
          text: expect.stringContaining('There is no room left on the disk.') as unknown,
        });
        expect(await failureOf(aws.putTurn('refused'))).toEqual({ name: 'InternalServerError', status: 500 });
        expect(await aws.hasTurn('before')).toBe(true);
        expect(await aws.sizeOf('responses/before.mp3')).toBe(300_000);
      }
      expect(await aws.countTurns()).toBe(2);
      await aws.deleteTurn('old');
      expect(await aws.countTurns()).toBe(1);
      expect(await aws.health()).toEqual([degraded, degraded]);
      expect(await readdir(join(disk.path, 'data/s3-staging'))).toEqual([]);
      expect(await readdir(join(disk.path, 'data/events'))).toEqual([]);
      expect(aws.toldOfFullDisk()).toBe(1);
      expect(aws.logLines()).toBeLessThan(10);

      await disk.free();
      await aws.roomAgain.take();
      for (let i = 0; i < 10; i++) await aws.putTurn(`after-${i}`);
      await aws.putObject('responses/after.mp3');
      expect((await aws.post('lectures/after.mp3')).status).toBe(204);
      expect(await aws.validated.take()).toContain('lectures/after.mp3');
      expect(await aws.health()).toEqual([OK, OK]);

      await kill(aws);
      const again = await start();
      expect(await again.countTurns()).toBe(11);
      expect(await again.sizeOf('responses/after.mp3')).toBe(300_000);
      expect(await again.sizeOf('lectures/after.mp3')).toBe(300_000);
    },
    TIMEOUT_MS,
  );

  it(
    'is started on, again and again, to read what is stored and to delete',
    async () => {
      const first = await start();
      await Promise.all(Array.from({ length: 50 }, (_, i) => first.putTurn(`turn-${i}`)));
      await first.putObject('responses/a.mp3');
      await disk.fill();
      await failureOf(first.putTurn('refused'));
      await kill(first);

      for (let round = 0; round < 2; round++) {
        await disk.fill();
        const aws = await start();
        expect(await aws.countTurns()).toBe(50 - round);
        expect(await aws.sizeOf('responses/a.mp3')).toBe(300_000);
        await aws.deleteTurn(`turn-${round}`);
        expect(await failureOf(aws.putTurn('refused'))).toMatchObject({ status: 500 });
        expect(await aws.health()).toEqual([degraded, degraded]);
        await kill(aws);
      }
      await disk.fill();
      const last = await start();
      await last.deleteObject('responses/a.mp3');
      await disk.free();
      await last.roomAgain.take();
      await last.putTurn('after');
      expect(await last.countTurns()).toBe(49);
    },
    TIMEOUT_MS,
  );

  it('keeps an upload that does not fit from taking what the turns need', async () => {
    const aws = await start();
    const unavailable = { name: 'ServiceUnavailable', status: 503 };
    expect(await refusalOf(() => aws.putObject('lectures/large.mp3', 40_000_000))).toEqual(unavailable);
    const uploads = ['a', 'b', 'c', 'd'].map((name) => failureOrNone(aws.putObject(`responses/${name}`, 9_000_000)));
    for (let i = 0; i < 20; i++) await aws.putTurn(`turn-${i}`);
    const outcomes = await Promise.all(uploads);
    expect(outcomes).toContainEqual(unavailable);
    await aws.putTurn('after');
    expect(await aws.countTurns()).toBe(21);
  });

  it('that was never written to has no start: one sentence says why', async () => {
    await disk.fill();
    await expect(start()).rejects.toThrow('There is no room on the disk of');
  });
});

const failureOrNone = (work: Promise<unknown>) => failureOf(work).catch(() => undefined);
