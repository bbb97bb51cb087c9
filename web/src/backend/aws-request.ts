/** The few requests that the page makes of AWS itself, without AWS's own clients: those are as large as all the rest. */
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { GuestCredentials } from '../../../client/guest-credentials.ts';

const TIMEOUT_MS = 30_000;

/** An AWS API said no. `name` is its code, such as `ResourceNotFoundException`. */
export class AwsFailure extends Error {
  readonly status: number;

  constructor(name: string, status: number) {
    super(`${name} (${status})`);
    this.name = name;
    this.status = status;
  }
}

export interface AwsRequest {
  method: 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer>;
  signal?: AbortSignal | undefined;
}

export interface Signing {
  service: 's3' | 'dynamodb';
  region: string;
  credentials: GuestCredentials;
}

/** @throws AwsFailure; TypeError where nothing answers; the signal's reason */
export async function sendToAws(request: AwsRequest, signing?: Signing): Promise<string> {
  const { method, url, body, signal } = request;
  const headers = signing === undefined ? request.headers : await signedHeaders(request, signing);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, {
    method,
    headers,
    body,
    credentials: 'omit',
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  const text = await response.text();
  if (!response.ok) throw new AwsFailure(errorCode(text), response.status);
  return text;
}

async function signedHeaders(
  { method, url, headers, body }: AwsRequest,
  { service, region, credentials }: Signing,
): Promise<Record<string, string>> {
  const { protocol, hostname, host, pathname } = new URL(url);
  // S3 takes the path as it stands.
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath: service !== 's3' });
  const signed = await signer.sign({ method, protocol, hostname, path: pathname, headers: { ...headers, host }, body });
  // The browser sends it itself, and lets nobody else.
  return Object.fromEntries(Object.entries(signed.headers).filter(([name]) => name !== 'host'));
}

/** `{"__type": "namespace#Code"}` or `<Code>…</Code>`. */
function errorCode(text: string): string {
  return /"__type"\s*:\s*"(?:[^"#]*#)?(\w+)"/.exec(text)?.[1] ?? /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'AwsFailure';
}
