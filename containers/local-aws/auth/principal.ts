/** Who signs requests here: the services, with one key that may do everything, and guests, with temporary ones. */
import { AuthFailure } from './auth-failure.ts';
import type { Identities } from './identities.ts';

export type Principal = { kind: 'service' } | { kind: 'guest'; identityId: string };

export interface Signer {
  principal: Principal;
  secretAccessKey: string;
}

/** Finds who holds an access key. @throws AuthFailure */
export type SignerLookup = (accessKeyId: string, sessionToken: string | undefined) => Signer;

export function createSignerLookup(
  service: { accessKeyId: string; secretAccessKey: string },
  identities: Identities,
): SignerLookup {
  return (accessKeyId, sessionToken) => {
    if (accessKeyId === service.accessKeyId) {
      return { principal: { kind: 'service' }, secretAccessKey: service.secretAccessKey };
    }
    if (sessionToken === undefined) throw new AuthFailure('unknown-key', 'The access key id is not known here.');
    const { identityId, secretAccessKey } = identities.resolve(accessKeyId, sessionToken);
    return { principal: { kind: 'guest', identityId }, secretAccessKey };
  };
}
