import { request } from 'node:http';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startChildService, type ChildService } from '../../cli/child-service.ts';
import { decodeEventKey } from '../../protocol/keys.ts';
import { Mailbox } from './test-support/deferred.ts';
import {
  BUCKET,
  createDataDir,
  createGuest,
  dynamoClient,
  failureOf,
  s3Client,
  TABLE,
} from './test-support/local-aws.ts';

let dataDir: string;
let child: ChildService | undefined;

beforeEach(async () => {
  dataDir = await createDataDir();
});

afterEach(async () => {
  await child?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** A process of its own; `validated` gets the events that reach ValidateLecture. */
async function start(env: Record<string, string> = {}) {
  const validated = new Mailbox<string>();
  const log = new Writable({
    write(line, _encoding, done) {
      if (String(line).includes('"msg":"validate"')) validated.put(String(line));
      done();
    },
  });
  child = await startChildService({
    name: 'local-aws',
    args: ['--import', 'tsx', 'containers/local-aws/test-support/main.ts'],
    env: { ...process.env, PORT: '0', AWS_PORT: '0', DATA_DIR: dataDir, ...env },
    log,
  });
  const response = await fetch(`http://127.0.0.1:${child.port}/settings.json`);
  const { awsEndpointUrl } = (await response.json()) as { awsEndpointUrl: string };
  return { awsUrl: awsEndpointUrl, validated, process: child };
}

async function kill({ process, exited }: ChildService): Promise<void> {
  process.kill('SIGKILL');
  await exited;
}

async function stagedBytes(): Promise<number> {
  const folder = join(dataDir, 's3-staging');
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Writes one after the other until one is not answered; `answered` gets the names of those that were. */
async function writeUntilRefused(
  answered: Set<string>,
  prefix: string,
  write: (name: string) => Promise<unknown>,
): Promise<void> {
  for (let count = 0; ; count++) {
    const name = `${prefix}-${count}`;
    try {
      await write(name);
    } catch {
      return;
    }
    answered.add(name);
  }
}

async function postLecture(aws: { awsUrl: string }, Key: string): Promise<void> {
  const { url, fields } = await createPresignedPost(s3Client(aws), { Bucket: BUCKET, Key });
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([Buffer.alloc(200_000, Key)]), 'week 1.mp3');
  const { ok } = await fetch(url, { method: 'POST', body: form });
  if (!ok) throw new Error('refused');
}

/** Notes the keys that events tell of; resolves once all of `awaited` are among them. */
async function collectKeys(
  validated: Mailbox<string>,
  told: Set<string>,
  awaited?: ReadonlySet<string>,
): Promise<void> {
  while (awaited === undefined || [...awaited].some((key) => !told.has(key))) {
    const { event } = JSON.parse(await validated.take()) as {
      event: { Records: { s3: { object: { key: string } } }[] };
    };
    const key = decodeEventKey(event.Records[0]?.s3.object.key ?? '');
    if (key !== undefined) told.add(key);
  }
}

describe('a process that is killed', () => {
  it('keeps what it had answered for, and nothing of what it was writing', async () => {
    const first = await start();
    const s3 = s3Client(first);
    const old = { Bucket: BUCKET, Key: 'responses/old.mp3' };
    await s3.send(new PutObjectCommand({ ...old, Body: 'first', Metadata: { version: '1' } }));
    const Item = { sessionId: 's', lectureId: 'l', turns: 1 };
    await dynamoClient(first).send(new PutCommand({ TableName: TABLE, Item }));
    const guest = await createGuest(first);

    const uploads = await Promise.all(
      ['old', 'new'].map(async (name) => {
        const Key = `responses/${name}.mp3`;
        const sent = request(await getSignedUrl(s3, new PutObjectCommand({ Bucket: BUCKET, Key })), {
          method: 'PUT',
          headers: { 'content-length': 50_000_000 },
        });
        sent.on('error', () => undefined);
        sent.write(Buffer.alloc(4_000_000));
        return sent;
      }),
    );
    while ((await stagedBytes()) < 6_000_000) await nextTurn();
    await kill(first.process);
    for (const sent of uploads) sent.destroy();

    const second = await start();
    const again = s3Client(second);
    const { Body, Metadata } = await again.send(new GetObjectCommand(old));
    expect([await Body?.transformToString(), Metadata]).toEqual(['first', { version: '1' }]);
    const missing = again.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'responses/new.mp3' }));
    expect(await failureOf(missing)).toMatchObject({ status: 404 });
    expect(await stagedBytes()).toBe(0);
    const Key = { sessionId: 's', lectureId: 'l' };
    expect((await dynamoClient(second).send(new GetCommand({ TableName: TABLE, Key }))).Item).toEqual(Item);
    const asGuest = dynamoClient(second, guest.credentials);
    const own = { sessionId: guest.identityId, lectureId: 'l' };
    await expect(asGuest.send(new GetCommand({ TableName: TABLE, Key: own }))).resolves.toBeDefined();
  });

  it('keeps at whatever moment everything that it had answered for, and delivers every event', async () => {
    const turns = new Set<string>();
    const lectures = new Set<string>();
    const told = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const running = await start();
      void collectKeys(running.validated, told);
      const writing = Promise.all([
        writeUntilRefused(turns, `turn-${round}`, (lectureId) =>
          dynamoClient(running).send(new PutCommand({ TableName: TABLE, Item: { sessionId: 's', lectureId } })),
        ),
        writeUntilRefused(lectures, `lectures/put-${round}`, (Key) =>
          s3Client(running).send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.alloc(200_000, Key) })),
        ),
        writeUntilRefused(lectures, `lectures/post-${round}`, (Key) => postLecture(running, Key)),
      ]);
      const enough = turns.size + lectures.size + 20 + Math.random() * 60;
      while (turns.size + lectures.size < enough) await nextTurn();
      await kill(running.process);
      await writing;
    }

    const last = await start();
    const done = collectKeys(last.validated, told, lectures);
    expect(await stagedBytes()).toBe(0);
    for (const lectureId of turns) {
      const Key = { sessionId: 's', lectureId };
      expect((await dynamoClient(last).send(new GetCommand({ TableName: TABLE, Key }))).Item).toEqual(Key);
    }
    for (const Key of lectures) {
      const { Body } = await s3Client(last).send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      expect(Buffer.alloc(200_000, Key).equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    }
    await done;
    await last.process.stop();
    expect(await readdir(join(dataDir, 'events'))).toEqual([]);
  }, 90_000);

  it('delivers after its restart the event that it had not delivered', async () => {
    const first = await start({ HANG: '1' });
    const Key = 'lectures/us-east-1:id/lecture/week 1.mp3';
    await s3Client(first).send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'sound' }));
    const event = await first.validated.take();
    await kill(first.process);

    const second = await start();
    expect(await second.validated.take()).toBe(event);
  });
});
