/**
 * Cognito identity ids and the temporary credentials of guests, without a list of either: an id carries a code that
 * only the holder of the folder's secret can make, and so does a session token. Both therefore survive a restart, and
 * making identities in bulk fills no disk.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AuthFailure } from './auth-failure.ts';

export const CREDENTIAL_LIFETIME_SECONDS = 3_600;

export interface GuestCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** Epoch seconds. */
  expiration: number;
}

const tokenSchema = z.object({
  accessKeyId: z.string(),
  identityId: z.string(),
  /** Epoch seconds. */
  expiration: z.number(),
});

export class Identities {
  readonly #secret: Buffer;
  readonly #region: string;
  readonly #now: () => number;

  /** @param secret 32 random bytes that stay the same from start to start */
  constructor(secret: Buffer, region: string, now: () => number = Date.now) {
    this.#secret = secret;
    this.#region = region;
    this.#now = now;
  }

  /** A new identity id: `<region>:<version 4 UUID>`. */
  createId(): string {
    const bytes = randomBytes(8);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
    return this.#identityId(bytes);
  }

  /** Whether this is an id that `createId` made. */
  isKnown(identityId: string): boolean {
    const hex = identityId.slice(this.#region.length + 1).replaceAll('-', '');
    return isEqual(identityId, this.#identityId(Buffer.from(hex.slice(0, 16), 'hex')));
  }

  issueCredentials(identityId: string): GuestCredentials {
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const expiration = Math.floor(this.#now() / 1000) + CREDENTIAL_LIFETIME_SECONDS;
    const payload = Buffer.from(JSON.stringify({ accessKeyId, identityId, expiration })).toString('base64url');
    return {
      accessKeyId,
      secretAccessKey: this.#secretKey(payload),
      sessionToken: `${payload}.${this.#mac('token', payload)}`,
      expiration,
    };
  }

  /**
   * The identity behind temporary credentials, and the key that its requests are signed with.
   * @throws AuthFailure unknown-key or expired-token
   */
  resolve(accessKeyId: string, sessionToken: string): { identityId: string; secretAccessKey: string } {
    const [payload = '', mac = ''] = sessionToken.split('.');
    if (!isEqual(mac, this.#mac('token', payload))) {
      throw new AuthFailure('unknown-key', 'The security token is not one of ours.');
    }
    const token = tokenSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    if (token.accessKeyId !== accessKeyId) {
      throw new AuthFailure('unknown-key', 'The security token belongs to another access key.');
    }
    if (token.expiration * 1000 <= this.#now()) {
      throw new AuthFailure('expired-token', 'The provided token has expired.');
    }
    return { identityId: token.identityId, secretAccessKey: this.#secretKey(payload) };
  }

  #identityId(random: Buffer): string {
    const code = createHmac('sha256', this.#secret).update('identity:').update(random).digest().subarray(0, 8);
    code.writeUInt8((code.readUInt8(0) & 0x3f) | 0x80, 0);
    const hex = random.toString('hex') + code.toString('hex');
    const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    return `${this.#region}:${uuid}`;
  }

  #secretKey(payload: string): string {
    return this.#mac('secret', payload).slice(0, 40);
  }

  #mac(purpose: string, text: string): string {
    return createHmac('sha256', this.#secret).update(`${purpose}:${text}`).digest('base64url');
  }
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
