/** A guest as a browser becomes one: an identity of the pool, its temporary credentials, and what it may do with them. */
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { CredentialsKeeper, type GuestCredentials } from '../client/guest-credentials.ts';
import { presignWebSocketUrl } from '../client/presign-web-socket.ts';
import type { ClientSettings } from '../client/settings.ts';
import { sessionItemSchema, type SessionItem } from '../protocol/items.ts';

const CONNECTION_TIMEOUT_MS = 5_000;

export class Guest {
  readonly identityId: string;
  readonly #settings: ClientSettings;
  readonly #cognito: CognitoIdentityClient;
  readonly #s3: S3Client;
  readonly #dynamo: DynamoDBDocumentClient;
  readonly #credentials = new CredentialsKeeper(() => this.#issueCredentials());

  private constructor(settings: ClientSettings, cognito: CognitoIdentityClient, identityId: string) {
    this.#settings = settings;
    this.#cognito = cognito;
    this.identityId = identityId;
    const config = { ...clientConfig(settings), credentials: () => this.credentials() };
    this.#s3 = new S3Client({ ...config, forcePathStyle: settings.awsEndpointUrl !== undefined });
    this.#dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  }

  /** A new identity; or the one given, which a browser keeps. */
  static async create(settings: ClientSettings, options: { identityId?: string; signal?: AbortSignal } = {}) {
    const cognito = new CognitoIdentityClient(clientConfig(settings));
    const identityId = options.identityId ?? (await newIdentityId(cognito, settings, options.signal));
    return new Guest(settings, cognito, identityId);
  }

  credentials(): Promise<GuestCredentials> {
    return this.#credentials.get();
  }

  /** The address that a browser connects to. */
  async presignedWebSocketUrl(): Promise<string> {
    const { webSocketUrl, region } = this.#settings;
    return await presignWebSocketUrl(webSocketUrl, region, await this.credentials());
  }

  /** For a question's audio, under the guest's own prefix. */
  async putObject(key: string, body: Uint8Array, contentType: string, abortSignal?: AbortSignal): Promise<void> {
    await this.#s3.send(
      new PutObjectCommand({ Bucket: this.#settings.audioBucket, Key: key, Body: body, ContentType: contentType }),
      abortSignal === undefined ? {} : { abortSignal },
    );
  }

  /** The guest's own session about a lecture; nothing where there is none. */
  async getSession(lectureId: string, abortSignal?: AbortSignal): Promise<SessionItem | undefined> {
    const { Item } = await this.#dynamo.send(
      new GetCommand({
        TableName: this.#settings.sessionsTable,
        Key: { sessionId: this.identityId, lectureId },
        ConsistentRead: true,
      }),
      abortSignal === undefined ? {} : { abortSignal },
    );
    return Item === undefined ? undefined : sessionItemSchema.safeParse(Item).data;
  }

  destroy(): void {
    this.#s3.destroy();
    this.#dynamo.destroy();
    this.#cognito.destroy();
  }

  async #issueCredentials(): Promise<GuestCredentials> {
    const { Credentials: issued } = await this.#cognito.send(
      new GetCredentialsForIdentityCommand({ IdentityId: this.identityId }),
    );
    if (!issued?.AccessKeyId || !issued.SecretKey || !issued.SessionToken || !issued.Expiration) {
      throw new Error('Cognito gave no credentials.');
    }
    return {
      accessKeyId: issued.AccessKeyId,
      secretAccessKey: issued.SecretKey,
      sessionToken: issued.SessionToken,
      expiration: issued.Expiration,
    };
  }
}

function clientConfig(settings: ClientSettings) {
  return {
    region: settings.region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS },
    ...(settings.awsEndpointUrl === undefined ? {} : { endpoint: settings.awsEndpointUrl }),
  };
}

async function newIdentityId(
  cognito: CognitoIdentityClient,
  settings: ClientSettings,
  abortSignal?: AbortSignal,
): Promise<string> {
  const command = new GetIdCommand({ IdentityPoolId: settings.identityPoolId });
  const { IdentityId } = await cognito.send(command, abortSignal === undefined ? {} : { abortSignal });
  if (IdentityId === undefined) throw new Error('Cognito gave no identity.');
  return IdentityId;
}
