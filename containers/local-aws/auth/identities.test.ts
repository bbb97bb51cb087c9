import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { identityIdSchema } from '../../../protocol/keys.ts';
import { CREDENTIAL_LIFETIME_SECONDS, Identities } from './identities.ts';

const secret = randomBytes(32);
let now = Date.UTC(2026, 10, 22);
const identities = new Identities(secret, 'us-east-1', () => now);

describe('Identities', () => {
  it('makes ids of the protocol’s form, each another one', () => {
    const ids = Array.from({ length: 100 }, () => identities.createId());
    expect(new Set(ids).size).toBe(100);
    expect(ids.every((id) => identityIdSchema.safeParse(id).success)).toBe(true);
    expect(ids.every((id) => /^us-east-1:.{8}-.{4}-4.{3}-[89ab].{3}-/.test(id))).toBe(true);
  });

  it('knows its ids after a restart, and no others', () => {
    const id = identities.createId();
    expect(new Identities(secret, 'us-east-1').isKnown(id)).toBe(true);
    expect(new Identities(randomBytes(32), 'us-east-1').isKnown(id)).toBe(false);
    expect(new Identities(secret, 'eu-west-1').isKnown(id)).toBe(false);
    expect(identities.isKnown('us-east-1:11f4d187-5021-4661-9818-e8c3a4bac1e7')).toBe(false);
    expect(identities.isKnown('')).toBe(false);
    expect(identities.isKnown(id.toUpperCase())).toBe(false);
  });

  it('recognises credentials that it issued before a restart, for an hour', () => {
    const id = identities.createId();
    const { accessKeyId, sessionToken, secretAccessKey, expiration } = identities.issueCredentials(id);
    expect(expiration * 1000).toBe(now + CREDENTIAL_LIFETIME_SECONDS * 1000);
    const later = new Identities(secret, 'us-east-1', () => now);
    expect(later.resolve(accessKeyId, sessionToken)).toEqual({ identityId: id, secretAccessKey });
    now += CREDENTIAL_LIFETIME_SECONDS * 1000;
    expect(() => later.resolve(accessKeyId, sessionToken)).toThrow(expect.objectContaining({ kind: 'expired-token' }));
  });

  it('refuses a token that was changed, or goes with another key', () => {
    const { accessKeyId, sessionToken } = identities.issueCredentials(identities.createId());
    const other = identities.issueCredentials(identities.createId());
    const [payload = '', mac = ''] = sessionToken.split('.');
    const richer = Buffer.from(payload, 'base64url')
      .toString()
      .replace(/"expiration":\d+/, '"expiration":9999999999');
    const forged = [
      [accessKeyId, ''],
      [accessKeyId, 'x.y'],
      [accessKeyId, `${Buffer.from(richer).toString('base64url')}.${mac}`],
      [accessKeyId, other.sessionToken],
    ] as const;
    for (const [key, token] of forged) {
      expect(() => identities.resolve(key, token)).toThrow(expect.objectContaining({ kind: 'unknown-key' }));
    }
  });
});
