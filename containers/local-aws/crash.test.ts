import { request } from 'node:http';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startChildService, type ChildService } from '../../cli/child-service.ts';
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
