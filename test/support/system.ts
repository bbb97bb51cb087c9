/**
 * The system in this process, but for its engines: the real gateway, Lambda handlers, storage and AgentCore, with a
 * scripted model and voice. One a test file: the handlers read their environment once.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { startAgentCore } from '../../agentcore/server.ts';
import { settingsSchema as agentcoreSettings } from '../../agentcore/settings.ts';
import { handler as validateLecture } from '../../cdktf/lambda/validate-lecture.ts';
import { handler as webSocket } from '../../cdktf/lambda/websocket-handler.ts';
import { startChildService, type ChildService } from '../../cli/child-service.ts';
import { freePorts } from '../../cli/free-ports.ts';
import { serviceEnvironment } from '../../cli/service-environment.ts';
import type { LambdaHandlers } from '../../containers/local-aws/lambda.ts';
import { startLocalAws } from '../../containers/local-aws/server.ts';
import { settingsSchema as localAwsSettings } from '../../containers/local-aws/settings.ts';
import { lectureKey, queryKey, transcriptKey } from '../../protocol/keys.ts';
import { claimItemKey, type Segment, type SessionItem } from '../../protocol/items.ts';
import type { RunningService } from '../../service-kit/service.ts';
import { startStallingProxy, type StallingProxy } from './stalling-proxy.ts';
import { startScriptedBackends, type ScriptedBackends } from './scripted-backends.ts';

const AGENTCORE_MAIN = fileURLToPath(new URL('../../agentcore/main.ts', import.meta.url));
const BUCKET = 'synapscribe-audio-local';
const TABLE = 'SynapScribe-Sessions';
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local-secret' };
const CREDENTIAL_ENV = {
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
};

/** Of every lecture that is ready: the recording of another would have it validated. */
export const RECORDING = 'a recording';
export const WAVEFORM = { secondsPerPeak: 6, peaks: [9, 200, 0] };
export const SEGMENTS: Segment[] = [
  'Tides are the slow rise and fall of the sea.',
  'The moon pulls on the water that is nearest to it.',
  'In the Bay of Fundy the range is sixteen metres.',
].map((text, i) => ({ start: i * 6, end: i * 6 + 5, text }));

export interface System extends ScriptedBackends {
  agentcoreUrl: string;
  webSocketUrl: string;
  awsUrl: string;
  /** A lecture that is ready, written straight to storage. */
  addLecture: (identityId: string, over?: Partial<SessionItem>, segments?: Segment[]) => Promise<string>;
  /** A recorded question, written straight to storage; gives its key. */
  addRecording: (identityId: string, queryId: string, body: Buffer, extension?: string) => Promise<string>;
  session: (identityId: string, lectureId: string) => Promise<SessionItem | undefined>;
  /** The claim on answering a query, where there is one. */
  claim: (identityId: string, queryId: string) => Promise<Record<string, unknown> | undefined>;
  /** Takes a claim from its owner, as another host does that believes it dead. */
  takeClaim: (identityId: string, queryId: string) => Promise<void>;
  /** Writes a session as a guest may: anything. */
  putSession: (item: Record<string, unknown>) => Promise<void>;
  /** Between AgentCore and storage: can be made to hang. */
  storageProxy: StallingProxy;
  stopAgentCore: () => Promise<void>;
  startAgentCore: () => Promise<void>;
  /** One more, as a process of its own: it can be killed. `log` receives its lines, `env` is on top of the system's. */
  startAgentCoreProcess: (options?: { env?: Record<string, string>; log?: Writable }) => Promise<ChildService>;
  stopStorage: () => Promise<void>;
  startStorage: () => Promise<void>;
}

export const newIdentity = (): string => `us-east-1:${randomUUID()}`;

/**
 * @param env settings of AgentCore, and `localAwsEnv` of local-aws, on top of those that the system needs
 * @param handlers the Lambdas' own unless told
 */
export async function startSystem(
  env: Record<string, string> = {},
  localAwsEnv: Record<string, string> = {},
  handlers: LambdaHandlers = { webSocket, validateLecture },
): Promise<System> {
  Object.assign(process.env, CREDENTIAL_ENV);
  const dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-system-'));
  const [agentcorePort, awsPort, pagePort] = await freePorts(3);
  const backends = await startScriptedBackends();
  const storageProxy = await startStallingProxy(`http://127.0.0.1:${awsPort}`);
  const agentcoreUrl = `http://127.0.0.1:${agentcorePort}`;
  const awsUrl = `http://127.0.0.1:${awsPort}`;
  let storage: RunningService | undefined;
  let agentcore: RunningService | undefined;

  const startStorage = async (): Promise<void> => {
    const settings = localAwsSettings.parse({
      PORT: String(pagePort),
      AWS_PORT: String(awsPort),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      AGENTCORE_ENDPOINT: agentcoreUrl,
      EVENT_RETRY_MS: '50',
      HOST_ALIASES: new URL(storageProxy.url).host,
      ...localAwsEnv,
    });
    storage = await startLocalAws(settings, { handlers });
  };
  const agentcoreEnv = {
    LLM_BASE_URL: backends.model.baseUrl,
    TTS_BASE_URL: backends.speech.baseUrl,
    AWS_ENDPOINT_URL: storageProxy.url,
    PUBLIC_AWS_URL: awsUrl,
    AUDIO_BUCKET: BUCKET,
    SESSIONS_TABLE: TABLE,
    CONNECTIONS_ENDPOINT: `http://127.0.0.1:${pagePort}/Prod`,
    ...env,
  };
  const start = async (): Promise<void> => {
    const settings = agentcoreSettings.parse({ PORT: String(agentcorePort), LOG_LEVEL: 'silent', ...agentcoreEnv });
    agentcore = await startAgentCore(settings);
  };
  await startStorage();
  await start();

  const shared = { region: 'us-east-1', endpoint: awsUrl, credentials: CREDENTIALS };
  const s3 = new S3Client({ ...shared, forcePathStyle: true });
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(shared), {
    marshallOptions: { removeUndefinedValues: true },
  });

  return {
    ...backends,
    agentcoreUrl,
    awsUrl,
    webSocketUrl: `ws://127.0.0.1:${pagePort}/Prod`,
    addLecture: async (identityId, over = {}, segments = SEGMENTS) => {
      const lectureId = randomUUID();
      const now = new Date().toISOString();
      const expiresAt = Math.floor(Date.now() / 1000) + 3600;
      const item = { sessionId: identityId, lectureId, title: 'Tides', status: 'ready', durationSeconds: 18 };
      const empty = { conversation: [], totalTurns: 0, createdAt: now, updatedAt: now, expiresAt };
      await documents.send(new PutCommand({ TableName: TABLE, Item: { ...item, ...empty, ...over } }));
      const recording = { key: lectureKey(identityId, lectureId, 'tides.mp3'), waveform: WAVEFORM };
      if ((over.status ?? item.status) === 'ready') {
        await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: recording.key, Body: RECORDING }));
      }
      const transcript = { version: 1, lectureId, title: 'Tides', durationSeconds: 18, segments, recording };
      const Key = transcriptKey(identityId, lectureId);
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: JSON.stringify(transcript) }));
      return lectureId;
    },
    addRecording: async (identityId, queryId, body, extension = 'wav') => {
      const Key = queryKey(identityId, queryId, extension);
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: body }));
      return Key;
    },
    session: async (sessionId, lectureId) => {
      const { Item } = await documents.send(new GetCommand({ TableName: TABLE, Key: { sessionId, lectureId } }));
      return Item as SessionItem | undefined;
    },
    claim: async (identityId, queryId) => {
      const Key = claimItemKey('query', identityId, queryId);
      return (await documents.send(new GetCommand({ TableName: TABLE, Key, ConsistentRead: true }))).Item;
    },
    takeClaim: async (identityId, queryId) => {
      const Key = claimItemKey('query', identityId, queryId);
      await documents.send(new DeleteCommand({ TableName: TABLE, Key }));
    },
    putSession: async (Item) => {
      await documents.send(new PutCommand({ TableName: TABLE, Item }));
    },
    storageProxy,
    stopAgentCore: async () => {
      await agentcore?.stop();
      agentcore = undefined;
    },
    startAgentCore: start,
    startAgentCoreProcess: async (options = {}) =>
      await startChildService({
        name: 'agentcore',
        args: ['--import', 'tsx', AGENTCORE_MAIN],
        env: { ...serviceEnvironment(process.env), ...CREDENTIAL_ENV, ...agentcoreEnv, PORT: '0', ...options.env },
        ...(options.log && { log: options.log }),
      }),
    stopStorage: async () => {
      await storage?.stop();
      storage = undefined;
    },
    startStorage,
    stop: async () => {
      await agentcore?.stop();
      s3.destroy();
      documents.destroy();
      await storageProxy.stop();
      await storage?.stop();
      await backends.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
