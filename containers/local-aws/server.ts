/** local-aws put together: storage, identities, events and the WebSocket API on two ports. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLogger, type Logger } from '../../service-kit/logger.ts';
import { closeServer, listen, type RunningService } from '../../service-kit/service.ts';
import { Identities } from './auth/identities.ts';
import { createSignerLookup } from './auth/principal.ts';
import { readOrCreateSecret } from './auth/secret.ts';
import { SignatureVerifier } from './auth/sigv4.ts';
import { createAwsEndpoint } from './aws-endpoint.ts';
import { LocalDynamo } from './dynamodb/local-dynamo.ts';
import { deleteExpiredItems, ensureSessionsTable } from './dynamodb/sessions-table.ts';
import { invoke, VALIDATE_TIMEOUT_MS, WEBSOCKET_TIMEOUT_MS, type LambdaHandlers } from './lambda.ts';
import { provideLambdaEnvironment } from './lambda-environment.ts';
import { LocalAwsMetrics } from './metrics.ts';
import { createPage } from './page.ts';
import { EventOutbox } from './s3/event-outbox.ts';
import { applyLifecycle } from './s3/lifecycle.ts';
import { ObjectStore } from './s3/object-store.ts';
import { createS3Event } from './s3/s3-event.ts';
import { S3Service } from './s3/s3-service.ts';
import type { Settings } from './settings.ts';
import { DiskSpace, saysNoRoom } from './support/disk-space.ts';
import { startSweeper } from './support/sweeper.ts';
import { withTimeout } from './support/with-timeout.ts';
import { STAGE, WebSocketGateway } from './websocket/gateway.ts';
import { handleManagementRequest, isManagementRequest } from './websocket/management-api.ts';

const LAMBDA_MEMORY_MB = 512;
const CLOSE_GRACE_MS = 2_000;
const LECTURES = 'lectures/';

export interface LocalAwsOptions {
  handlers: LambdaHandlers;
  /** The clock of TTL and lifecycle rules, epoch milliseconds. */
  now?: () => number;
  log?: Logger;
}

export interface RunningLocalAws extends RunningService {
  /** The page and the WebSocket API. */
  port: number;
  awsPort: number;
}

/** @throws Error with a sentence for a person where a port or the data folder cannot be used */
export async function startLocalAws(settings: Settings, options: LocalAwsOptions): Promise<RunningLocalAws> {
  const log = options.log ?? createLogger('local-aws', settings.LOG_LEVEL);
  const now = options.now ?? Date.now;
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const ports = await start(settings, options.handlers, { log, now, closers });
    log.info(ports, 'listening');
    return { ...ports, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    if (saysNoRoom(error)) throw new Error(`There is no room on the disk of ${settings.DATA_DIR}.`, { cause: error });
    throw error;
  }
}

interface StartContext {
  log: Logger;
  now: () => number;
  /** Called in the opposite order. */
  closers: (() => Promise<void> | void)[];
}

async function start(
  settings: Settings,
  handlers: LambdaHandlers,
  { log, now, closers }: StartContext,
): Promise<{ port: number; awsPort: number }> {
  const { AWS_REGION: region, AUDIO_BUCKET: bucket, SESSIONS_TABLE: table, HOST: host } = settings;
  const dataDir = resolve(settings.DATA_DIR);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });

  const identities = new Identities(await readOrCreateSecret(dataDir), region);
  const credentials = {
    accessKeyId: settings.LOCAL_ACCESS_KEY_ID,
    secretAccessKey: settings.LOCAL_SECRET_ACCESS_KEY,
  };
  const hostAliases = [...settings.HOST_ALIASES];
  const lookup = createSignerLookup(credentials, identities);
  const verifier = new SignatureVerifier({ region, lookup, hostAliases });

  const space = await DiskSpace.open(dataDir, log);
  closers.push(() => space.close());
  const dynamo = await LocalDynamo.open(join(dataDir, 'dynamodb'), table, space);
  closers.push(() => dynamo.close());
  const metrics: LocalAwsMetrics = new LocalAwsMetrics(() => gateway.connectionCount);
  const measured = metrics.measure(handlers);
  const lambda = { memoryMb: LAMBDA_MEMORY_MB, region };
  const validateLecture = {
    ...lambda,
    name: 'ValidateLectureFunction',
    handler: measured.validateLecture,
    timeoutMs: VALIDATE_TIMEOUT_MS,
  };
  const outbox = await EventOutbox.open({
    folder: join(dataDir, 'events'),
    deliver: metrics.countDeliveries(async (event) => {
      await withTimeout(invoke(validateLecture, event), VALIDATE_TIMEOUT_MS);
    }),
    retryMs: settings.EVENT_RETRY_MS,
    log,
  });
  space.onRoom(() => outbox.retry());
  const store = await ObjectStore.open({
    root: join(dataDir, 's3'),
    staging: join(dataDir, 's3-staging'),
    space,
    onCreate: async (created) => {
      if (created.bucket !== bucket || !created.key.startsWith(LECTURES)) return undefined;
      return await outbox.add(created, createS3Event(created, region, Date.now()));
    },
  });
  await store.putBucket(bucket);
  const s3 = new S3Service({ store, verifier, audioBucket: bucket, log });
  closers.push(() => s3.close());

  const gateway = new WebSocketGateway({
    verifier,
    handler: { ...lambda, name: 'WebSocketHandler', handler: measured.webSocket, timeoutMs: WEBSOCKET_TIMEOUT_MS },
    identityPoolId: settings.IDENTITY_POOL_ID,
    integrationTimeoutMs: settings.INTEGRATION_TIMEOUT_MS,
    limits: {
      idleMs: settings.IDLE_TIMEOUT_MS,
      lifeMs: settings.MAX_CONNECTION_MS,
      maxBufferedBytes: settings.MAX_BUFFERED_BYTES,
    },
    log,
  });
  const origins = settings.PUBLIC_WS_URL === undefined ? [] : [pageOrigin(settings.PUBLIC_WS_URL)];
  const cognito = { identities, identityPoolId: settings.IDENTITY_POOL_ID };
  const awsServer = createServer(
    createAwsEndpoint({ s3, dynamo, gateway, verifier, cognito, origins, metrics, space, log }),
  );
  // An upload may take as long as it takes.
  awsServer.requestTimeout = 0;
  const awsPort = await listen(awsServer, settings.AWS_PORT, host);
  closers.push(() => closeServer(awsServer, CLOSE_GRACE_MS));

  const awsUrl = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${awsPort}`;
  const publicAwsUrl = settings.PUBLIC_AWS_URL ?? awsUrl;
  hostAliases.push(new URL(publicAwsUrl).host);
  provideLambdaEnvironment(settings, { awsUrl, publicAwsUrl });
  const client = new DynamoDBClient({ region, endpoint: awsUrl, credentials });
  closers.push(() => client.destroy());
  // A database that a full disk keeps closed was made by an earlier start, and its table with it.
  let hasTable = dynamo.isOpen;
  if (hasTable) await ensureSessionsTable(client, table);

  const pageServer = createServer();
  const port = await listen(pageServer, settings.PORT, host);
  closers.push(() => closeServer(pageServer, CLOSE_GRACE_MS));
  const webSocketUrl =
    settings.PUBLIC_WS_URL ?? `${awsUrl.replace(/^http/, 'ws').replace(/:\d+$/, '')}:${port}/${STAGE}`;
  serve(pageServer, { settings, webSocketUrl, publicAwsUrl, gateway, verifier, space });
  closers.push(() => gateway.stop());

  closers.push(
    startSweeper(settings.SWEEP_INTERVAL_MS, log, async () => {
      outbox.retry();
      await applyLifecycle(store, bucket, now());
      if (!hasTable) await ensureSessionsTable(client, table);
      hasTable = true;
      await deleteExpiredItems(client, table, now());
    }),
  );
  await outbox.resume(async ({ bucket: from, key, etag }) => (await store.head(from, key))?.etag === etag);
  closers.push(() => outbox.stop(CLOSE_GRACE_MS));
  return { port, awsPort };
}

interface PageParts {
  settings: Settings;
  webSocketUrl: string;
  publicAwsUrl: string;
  gateway: WebSocketGateway;
  verifier: SignatureVerifier;
  space: DiskSpace;
}

function serve(server: Server, { settings, webSocketUrl, publicAwsUrl, gateway, verifier, space }: PageParts): void {
  const page = createPage(
    {
      region: settings.AWS_REGION,
      identityPoolId: settings.IDENTITY_POOL_ID,
      webSocketUrl,
      audioBucket: settings.AUDIO_BUCKET,
      sessionsTable: settings.SESSIONS_TABLE,
      awsEndpointUrl: publicAwsUrl,
    },
    settings.WEB_DIR,
    () => space.health,
  );
  server.on('request', (req, res) => {
    if (isManagementRequest(req.url)) void handleManagementRequest(req, res, { gateway, verifier });
    else if (req.url?.split('?')[0]?.replace(/\/$/, '') === `/${STAGE}`) sendUpgradeRequired(res);
    else page(req, res);
  });
  server.on('upgrade', (req, socket, head) => gateway.handleUpgrade(req, socket, head));
}

function sendUpgradeRequired(res: ServerResponse): void {
  res.writeHead(426, { 'content-type': 'application/json', upgrade: 'websocket', connection: 'upgrade' });
  res.end('{"message":"Upgrade Required"}');
}

/** The origin of the page that goes with a WebSocket address: the same host and port. */
const pageOrigin = (webSocketUrl: string): string => new URL(webSocketUrl.replace(/^ws/, 'http')).origin;
