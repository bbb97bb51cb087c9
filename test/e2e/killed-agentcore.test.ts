/** AgentCore killed at random moments while it transcribes a lecture, with the real recognizer and real storage. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChildService, type ChildService } from '../../cli/child-service.ts';
import {
  BUCKET,
  SERVICE_KEY,
  dynamoClient,
  s3Client,
  startTestAws,
  TABLE,
  type TestAws,
} from '../../containers/local-aws/test-support/local-aws.ts';
import { openLectureClaim, piecesPartition, transcriptSchema, type Segment } from '../../protocol/items.ts';
import { lectureKey, transcriptKey } from '../../protocol/keys.ts';
import { buildServices } from '../../scripts/build.ts';
import { randomNumbers } from '../support/random.ts';
import { startRecognizer, type RecognizerProcess } from '../support/recognizer-process.ts';
import { until } from '../support/until.ts';

const KILLS = 20;
/** Of speech a piece: some thirty pieces in three minutes. */
const PIECE_SECONDS = 8;
const LEASE_MS = 600;
const MAX_WAIT_MS = 60_000;
const identityId = `us-east-1:${randomUUID()}`;
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let aws: TestAws;
let recognizer: RecognizerProcess;
let buildDir: string;
let bundle: string;
let recording: Buffer;

beforeAll(async () => {
  [aws, recognizer] = await Promise.all([startTestAws(), startRecognizer()]);
  buildDir = await mkdtemp(join(fileURLToPath(new URL('../../', import.meta.url)), '.synapscribe', 'killed-'));
  bundle =
    (await buildServices({ outdir: buildDir, services: ['agentcore'], withDependencies: false }))['agentcore'] ?? '';
  recording = await readFile(new URL('../../samples/honey-lecture.mp3', import.meta.url));
}, 120_000);

afterAll(async () => {
  await recognizer.stop();
  await aws.stop();
  await rm(buildDir, { recursive: true, force: true });
});

async function startAgentCore(): Promise<ChildService> {
  return await startChildService({
    name: 'agentcore',
    args: ['--disable-warning=ExperimentalWarning', bundle],
    env: {
      PATH: process.env['PATH'],
      HOME: tmpdir(),
      PORT: '0',
      LOG_LEVEL: 'info',
      LLM_BASE_URL: recognizer.baseUrl,
      TTS_BASE_URL: 'http://127.0.0.1:1/v1',
      AWS_ENDPOINT_URL: aws.awsUrl,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: SERVICE_KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: SERVICE_KEY.secretAccessKey,
      AUDIO_BUCKET: BUCKET,
      SESSIONS_TABLE: TABLE,
      CONNECTIONS_ENDPOINT: `${aws.pageUrl}/Prod`,
      MAX_PIECE_SECONDS: String(PIECE_SECONDS),
      LECTURE_LEASE_MS: String(LEASE_MS),
    },
    startTimeoutMs: MAX_WAIT_MS,
  });
}

async function kill(service: ChildService): Promise<void> {
  const exited = once(service.process, 'exit');
  service.process.kill('SIGKILL');
  await exited;
}

/** As the Lambdas leave it: the object, the session, and a claim that nobody holds. */
async function leaveLecture(): Promise<string> {
  const lectureId = randomUUID();
  const key = lectureKey(identityId, lectureId, 'honey.mp3');
  const documents = dynamoClient(aws);
  await s3Client(aws).send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: recording }));
  const Item = {
    sessionId: identityId,
    lectureId,
    status: 'validating',
    title: 'Honey',
    conversation: [],
    totalTurns: 0,
  };
  await documents.send(new PutCommand({ TableName: TABLE, Item }));
  await documents.send(
    new PutCommand({ TableName: TABLE, Item: openLectureClaim(identityId, lectureId, key, Date.now()) }),
  );
  return lectureId;
}

async function statusOf(lectureId: string): Promise<unknown> {
  const Key = { sessionId: identityId, lectureId };
  return (await dynamoClient(aws).send(new GetCommand({ TableName: TABLE, Key, ConsistentRead: true }))).Item?.[
    'status'
  ];
}

async function piecesOf(lectureId: string): Promise<number> {
  const command = new QueryCommand({
    TableName: TABLE,
    KeyConditionExpression: 'sessionId = :pieces',
    ExpressionAttributeValues: { ':pieces': piecesPartition(identityId, lectureId) },
    Select: 'COUNT',
    ConsistentRead: true,
  });
  return (await dynamoClient(aws).send(command)).Count ?? 0;
}

async function transcriptOf(lectureId: string): Promise<Segment[]> {
  await until('ready', async () => (await statusOf(lectureId)) === 'ready', MAX_WAIT_MS);
  const Key = transcriptKey(identityId, lectureId);
  const { Body } = await s3Client(aws).send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  return transcriptSchema.parse(JSON.parse((await Body?.transformToString()) ?? '')).segments;
}

it(
  `killed ${KILLS} times at random moments, it ends in the transcript of an undisturbed run`,
  async () => {
    const undisturbed = await leaveLecture();
    const first = await startAgentCore();
    const expected = await transcriptOf(undisturbed);
    const pieces = await piecesOf(undisturbed);
    await first.stop();
    expect(expected.length).toBeGreaterThan(20);
    expect(pieces).toBeGreaterThan(KILLS);

    const random = randomNumbers(seed);
    const disturbed = await leaveLecture();
    const heard: number[] = [];
    for (let kills = 0; kills < KILLS; kills++) {
      const agentCore = await startAgentCore();
      // Every other time it gets at least one piece further, so that it is still at work the last time.
      const wanted = (heard.at(-1) ?? 0) + (kills % 2);
      await until(
        'another piece',
        async () => (await piecesOf(disturbed)) >= Math.min(wanted, pieces - 1),
        MAX_WAIT_MS,
      );
      await sleep(random.below(300));
      await kill(agentCore);
      heard.push(await piecesOf(disturbed));
    }
    // Nothing that was heard is ever lost.
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    const last = await startAgentCore();
    const actual = await transcriptOf(disturbed);
    await last.stop();
    expect({ seed, segments: actual }).toEqual({ seed, segments: expected });
  },
  5 * MAX_WAIT_MS,
);
