/** Who the page is to SynapScribe: a guest that stays the same in this browser, in all of its tabs. */
import { CredentialsKeeper } from '../../../client/guest-credentials.ts';
import { presignWebSocketUrl } from '../../../client/presign-web-socket.ts';
import type { ClientSettings } from '../../../client/settings.ts';
import { sessionItemSchema, type SessionItem } from '../../../protocol/items.ts';
import { identityIdSchema, queryKey } from '../../../protocol/keys.ts';
import { kept } from '../ui/kept.ts';
import { sendToAws } from './aws-request.ts';
import { issueCredentials, isUnknownIdentity, newIdentityId } from './cognito.ts';
import { itemReplySchema } from './dynamo-attributes.ts';
import { pageSettings } from './page-settings.ts';

const identity = kept('identity', identityIdSchema.optional(), undefined);

export class Guest {
  readonly identityId: string;
  readonly #settings: ClientSettings;
  readonly #credentials: CredentialsKeeper;

  private constructor(settings: ClientSettings, identityId: string) {
    this.#settings = settings;
    this.identityId = identityId;
    this.#credentials = new CredentialsKeeper(() => issueCredentials(settings, identityId));
  }

  /**
   * The guest of earlier visits; a new one where there is none, or where the server does not know it any more.
   * @throws AwsFailure, or TypeError where nothing answers
   */
  static async create(): Promise<Guest> {
    const settings = await pageSettings();
    // Of several tabs that open at once, one becomes a guest, and the others are the same.
    return await navigator.locks.request('synapscribe.identity', async () => {
      const known = identity.read();
      if (known !== undefined) {
        const guest = new Guest(settings, known);
        try {
          await guest.#credentials.get();
          return guest;
        } catch (error) {
          if (!isUnknownIdentity(error)) throw error;
        }
      }
      const guest = new Guest(settings, await newIdentityId(settings));
      identity.write(guest.identityId);
      return guest;
    });
  }

  /** The address to connect to; it is good for a minute. */
  async webSocketUrl(): Promise<string> {
    const { webSocketUrl, region } = this.#settings;
    return await presignWebSocketUrl(webSocketUrl, region, await this.#credentials.get());
  }

  /** A browser does not tell why a connection was refused: stale credentials are one of the reasons. */
  renew(): void {
    this.#credentials.forget();
  }

  /** Stores a question's audio where `query` wants it. @returns its key */
  async putQuestion(queryId: string, wav: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<string> {
    const { audioBucket, region, awsEndpointUrl } = this.#settings;
    const key = queryKey(this.identityId, queryId, 'wav');
    const path = key.split('/').map(encodeURIComponent).join('/');
    const url =
      awsEndpointUrl === undefined
        ? `https://${audioBucket}.s3.${region}.amazonaws.com/${path}`
        : `${awsEndpointUrl}/${audioBucket}/${path}`;
    const request = { method: 'PUT' as const, url, headers: { 'content-type': 'audio/wav' }, body: wav, signal };
    await sendToAws(request, { service: 's3', region, credentials: await this.#credentials.get() });
    return key;
  }

  /** What is kept about a lecture, the conversation included; nothing where there is none, or it has ended. */
  async session(lectureId: string): Promise<SessionItem | undefined> {
    const { sessionsTable, region, awsEndpointUrl } = this.#settings;
    const key = { sessionId: { S: this.identityId }, lectureId: { S: lectureId } };
    const text = await sendToAws(
      {
        method: 'POST',
        url: `${awsEndpointUrl ?? `https://dynamodb.${region}.amazonaws.com`}/`,
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' },
        body: JSON.stringify({ TableName: sessionsTable, Key: key, ConsistentRead: true }),
      },
      { service: 'dynamodb', region, credentials: await this.#credentials.get() },
    );
    const { Item } = itemReplySchema.parse(JSON.parse(text));
    return Item === undefined ? undefined : sessionItemSchema.safeParse(Item).data;
  }
}
