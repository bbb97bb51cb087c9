/** For tests: local-aws in this process with handlers of the test's own, and the AWS SDK's clients for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { Sha256 } from '@aws-crypto/sha256-js';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { createLogger } from '../../../service-kit/logger.ts';
import type { LambdaHandlers } from '../lambda.ts';
import { startLocalAws, type LocalAwsOptions, type RunningLocalAws } from '../server.ts';
import { settingsSchema } from '../settings.ts';

export const BUCKET = 'synapscribe-audio-local';
export const TABLE = 'SynapScribe-Sessions';
export const REGION = 'us-east-1';
export const SERVICE_KEY = { accessKeyId: 'local', secretAccessKey: 'local-secret' };
export const IDENTITY_POOL_ID = 'us-east-1:5ca1ab1e-0000-4000-8000-000000000001';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface TestAws extends RunningLocalAws {
  dataDir: string;
  awsUrl: string;
  pageUrl: string;
}

export interface TestAwsOptions extends Partial<Omit<LocalAwsOptions, 'handlers'>> {
  handlers?: Partial<LambdaHandlers>;
  /** A folder that outlives this run; one of its own, deleted at the stop, without it. */
  dataDir?: string;
  settings?: Record<string, string | number>;
}

const idle: LambdaHandlers = {
  webSocket: () => Promise.resolve({ statusCode: 200 }),
  validateLecture: () => Promise.resolve(undefined),
};

export const createDataDir = () => mkdtemp(join(tmpdir(), 'local-aws-'));

export async function startTestAws({ handlers, settings, ...options }: TestAwsOptions = {}): Promise<TestAws> {
  const dataDir = options.dataDir ?? (await createDataDir());
  const parsed = settingsSchema.parse({ PORT: 0, AWS_PORT: 0, DATA_DIR: dataDir, EVENT_RETRY_MS: 1, ...settings });
  const running = await startLocalAws(parsed, {
    log: createLogger('local-aws', 'silent'),
    ...options,
    handlers: { ...idle, ...handlers },
  });
  return {
    ...running,
    dataDir,
    awsUrl: `http://127.0.0.1:${running.awsPort}`,
    pageUrl: `http://127.0.0.1:${running.port}`,
    stop: async () => {
      await running.stop();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

type Endpoint = Pick<TestAws, 'awsUrl'>;

export function s3Client(aws: Endpoint, credentials: Credentials = SERVICE_KEY): S3Client {
  return new S3Client({ region: REGION, endpoint: aws.awsUrl, forcePathStyle: true, credentials, maxAttempts: 1 });
}

export function dynamoClient(aws: Endpoint, credentials: Credentials = SERVICE_KEY): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ region: REGION, endpoint: aws.awsUrl, credentials, maxAttempts: 1 });
  return DynamoDBDocumentClient.from(client);
}

export function cognitoClient(aws: Endpoint): CognitoIdentityClient {
  return new CognitoIdentityClient({ region: REGION, endpoint: aws.awsUrl, maxAttempts: 1 });
}

export function connectionsClient(
  baseUrl: string,
  credentials: Credentials = SERVICE_KEY,
): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    region: REGION,
    endpoint: `${baseUrl}/Prod`,
    credentials,
    maxAttempts: 1,
  });
}

export interface Guest {
  identityId: string;
  credentials: Credentials;
}

/** A guest as a browser becomes one. */
export async function createGuest(aws: Endpoint): Promise<Guest> {
  const cognito = cognitoClient(aws);
  const { IdentityId = '' } = await cognito.send(new GetIdCommand({ IdentityPoolId: IDENTITY_POOL_ID }));
  return { identityId: IdentityId, credentials: await getCredentials(aws, IdentityId) };
}

export async function getCredentials(aws: Endpoint, identityId: string): Promise<Credentials> {
  const { Credentials: issued } = await cognitoClient(aws).send(
    new GetCredentialsForIdentityCommand({ IdentityId: identityId }),
  );
  return {
    accessKeyId: issued?.AccessKeyId ?? '',
    secretAccessKey: issued?.SecretKey ?? '',
    sessionToken: issued?.SessionToken ?? '',
  };
}

/** The wss address that a browser connects to: signed for `execute-api` in its query. */
export async function presignWebSocketUrl(
  pageUrl: string,
  credentials: Credentials,
  { path = '/Prod', host = new URL(pageUrl).host, signingDate = new Date(), expiresIn = 60 } = {},
): Promise<string> {
  const signer = new SignatureV4({ service: 'execute-api', region: REGION, credentials, sha256: Sha256 });
  const { query = {} } = await signer.presign(
    { method: 'GET', protocol: 'wss:', hostname: host, path, query: {}, headers: { host } },
    { expiresIn, signingDate },
  );
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return `${pageUrl.replace(/^http/, 'ws')}${path}?${parameters.join('&')}`;
}

/** What a client's call failed with: the error's name and the HTTP status. */
export async function failureOf(work: Promise<unknown>): Promise<{ name: string; status: number | undefined }> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : {};
    return { name: error.name, status: metadata.httpStatusCode };
  }
  throw new Error('It did not fail.');
}
