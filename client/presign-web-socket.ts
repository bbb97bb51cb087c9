/** The address of a WebSocket as a guest connects to it. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { GuestCredentials } from './guest-credentials.ts';

const PRESIGNED_SECONDS = 60;

/**
 * Signed for `execute-api` in its query, the session token among what is signed, as API Gateway wants it.
 * @param webSocketUrl the stage included
 */
export async function presignWebSocketUrl(
  webSocketUrl: string,
  region: string,
  credentials: GuestCredentials,
): Promise<string> {
  const url = new URL(webSocketUrl);
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host },
    },
    { expiresIn: PRESIGNED_SECONDS },
  );
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return `${url.origin}${url.pathname}?${parameters.join('&')}`;
}
