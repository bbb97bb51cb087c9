/**
 * Verifies AWS Signature Version 4, in headers and in presigned URLs, by signing the request again and comparing.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { queryValue, type Query, type RequestTarget } from '../support/request-target.ts';
import { AuthFailure } from './auth-failure.ts';
import type { Principal, SignerLookup } from './principal.ts';

const MAX_CLOCK_SKEW_MS = 15 * 60 * 1000;
const MAX_PRESIGNED_SECONDS = 7 * 24 * 3600;
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const PAYLOAD_HEADER = 'x-amz-content-sha256';

/** Query parameters that belong to the signature itself; the session token is signed like any other. */
const SIGNATURE_PARAMETERS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
];

export interface SignedRequest extends RequestTarget {
  method: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The whole body, where the service reads it before it verifies; S3 checks its hash while it streams. */
  body?: Buffer;
}

export interface VerifierOptions {
  region: string;
  lookup: SignerLookup;
  /** Names under which this service is also known, besides the one in the Host header. */
  hostAliases: readonly string[];
  /** Epoch milliseconds. */
  now?: () => number;
}

interface Claim {
  accessKeyId: string;
  /** yyyymmdd. */
  day: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
  date: Date;
  sessionToken: string | undefined;
  /** Seconds, for a presigned URL. */
  expiresIn: number | undefined;
}

export class SignatureVerifier {
  readonly #options: VerifierOptions;
  readonly #now: () => number;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Who signed the request.
   * @throws AuthFailure
   */
  async verify(request: SignedRequest, service: string): Promise<Principal> {
    const claim = readClaim(request);
    this.#checkScope(claim, service);
    this.#checkTime(claim);
    const { principal, secretAccessKey } = this.#options.lookup(claim.accessKeyId, claim.sessionToken);
    const { accessKeyId } = claim;
    const signer = new SignatureV4({
      credentials: { accessKeyId, secretAccessKey },
      region: claim.region,
      service,
      sha256: Sha256,
      // S3 alone signs the path as it is sent.
      uriEscapePath: service !== 's3',
      applyChecksum: false,
    });
    const hosts = new Set([headerValue(request, 'host') ?? '', ...this.#options.hostAliases]);
    for (const host of hosts) {
      if (isEqual(claim.signature, await signAgain(signer, request, claim, host, service))) return principal;
    }
    throw new AuthFailure(
      'bad-signature',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }

  /**
   * Who signed a text with Signature Version 4 (the policy of a presigned POST).
   * @throws AuthFailure
   */
  async verifyText(text: string, fields: ReadonlyMap<string, string>, service: string): Promise<Principal> {
    const get = (name: string) => fields.get(`x-amz-${name}`);
    if (get('algorithm') !== 'AWS4-HMAC-SHA256') {
      throw new AuthFailure('malformed', 'Only x-amz-algorithm AWS4-HMAC-SHA256 is supported.');
    }
    const claim: Claim = {
      ...readCredential(get('credential')),
      signedHeaders: [],
      signature: get('signature') ?? '',
      date: readDate(get('date')),
      sessionToken: get('security-token'),
      expiresIn: MAX_PRESIGNED_SECONDS,
    };
    this.#checkScope(claim, service);
    const { principal, secretAccessKey } = this.#options.lookup(claim.accessKeyId, claim.sessionToken);
    const signer = new SignatureV4({
      credentials: { accessKeyId: claim.accessKeyId, secretAccessKey },
      region: claim.region,
      service,
      sha256: Sha256,
    });
    if (!isEqual(claim.signature, await signer.sign(text, { signingDate: claim.date }))) {
      throw new AuthFailure('bad-signature', 'The policy signature does not match the one you provided.');
    }
    return principal;
  }

  #checkScope(claim: Claim, service: string): void {
    const { region } = this.#options;
    if (claim.service !== service || claim.region !== region || claim.day !== shortDate(claim.date)) {
      throw new AuthFailure(
        'malformed',
        `The credential must be scoped to the request's date, region '${region}' and service '${service}'.`,
      );
    }
  }

  #checkTime({ date, expiresIn }: Claim): void {
    const age = this.#now() - date.getTime();
    if (expiresIn === undefined) {
      if (Math.abs(age) > MAX_CLOCK_SKEW_MS) {
        throw new AuthFailure(
          'skewed-clock',
          'The difference between the request time and the current time is too large.',
        );
      }
      return;
    }
    if (age > expiresIn * 1000) throw new AuthFailure('expired-request', 'Request has expired');
    if (age < -MAX_CLOCK_SKEW_MS) throw new AuthFailure('expired-request', 'Request is not valid yet');
  }
}

async function signAgain(
  signer: SignatureV4,
  request: SignedRequest,
  claim: Claim,
  host: string,
  service: string,
): Promise<string> {
  const signed = new Set(claim.signedHeaders);
  const headers: Record<string, string> = {};
  for (const name of signed) {
    const value = name === 'host' ? host : headerValue(request, name);
    if (value !== undefined) headers[name] = value;
  }
  // Also where it is not among the signed headers: the signer takes the payload's hash from it.
  headers[PAYLOAD_HEADER] = payloadHash(request, claim, service);
  const query: Query = { ...request.query };
  for (const name of SIGNATURE_PARAMETERS) Reflect.deleteProperty(query, name);
  const path = service === 's3' ? canonicalS3Path(request.rawPath) : request.rawPath;
  const again = { method: request.method, protocol: 'http:', hostname: host, path, query, headers };
  const options = {
    signingDate: claim.date,
    signableHeaders: signed,
    unsignableHeaders: new Set(signed.has(PAYLOAD_HEADER) ? [] : [PAYLOAD_HEADER]),
  };

  if (claim.expiresIn === undefined) {
    const { headers: result } = await signer.sign(again, options);
    return /Signature=([0-9a-f]+)$/.exec(result['authorization'] ?? '')?.[1] ?? '';
  }
  const { query: result = {} } = await signer.presign(again, {
    ...options,
    expiresIn: claim.expiresIn,
    unhoistableHeaders: new Set([...signed, PAYLOAD_HEADER]),
  });
  return String(result['X-Amz-Signature']);
}

/** @throws AuthFailure where the hash that was signed is not that of the body */
function payloadHash(request: SignedRequest, claim: Claim, service: string): string {
  const declared = headerValue(request, PAYLOAD_HEADER);
  if (service === 's3') {
    if (claim.expiresIn !== undefined) return declared ?? UNSIGNED_PAYLOAD;
    if (declared === undefined) throw new AuthFailure('malformed', `Missing required header: ${PAYLOAD_HEADER}`);
    return declared;
  }
  const actual = createHash('sha256')
    .update(request.body ?? '')
    .digest('hex');
  if (declared !== undefined && declared !== actual) {
    throw new AuthFailure('bad-signature', `The header ${PAYLOAD_HEADER} is not the hash of the body.`);
  }
  return actual;
}

function readClaim(request: SignedRequest): Claim {
  const authorization = headerValue(request, 'authorization');
  const isPresigned = 'X-Amz-Algorithm' in request.query;
  if (authorization !== undefined && isPresigned) {
    throw new AuthFailure('malformed', 'Sign in the Authorization header or in the query, not in both.');
  }
  if (isPresigned) return readPresignedClaim(request.query);
  if (authorization === undefined) throw new AuthFailure('missing', 'The request is not signed.');

  const match = /^AWS4-HMAC-SHA256\s+(.*)$/.exec(authorization);
  const parts = new Map((match?.[1] ?? '').split(',').map((part) => splitAtEquals(part.trim())));
  return {
    ...readCredential(parts.get('Credential')),
    signedHeaders: readSignedHeaders(parts.get('SignedHeaders')),
    signature: parts.get('Signature') ?? '',
    date: readDate(headerValue(request, 'x-amz-date')),
    sessionToken: headerValue(request, 'x-amz-security-token'),
    expiresIn: undefined,
  };
}

function readPresignedClaim(query: Query): Claim {
  if (queryValue(query, 'X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') {
    throw new AuthFailure('malformed', 'Only X-Amz-Algorithm AWS4-HMAC-SHA256 is supported.');
  }
  const expiresIn = Number(queryValue(query, 'X-Amz-Expires') ?? Number.NaN);
  if (!Number.isInteger(expiresIn) || expiresIn < 0 || expiresIn > MAX_PRESIGNED_SECONDS) {
    throw new AuthFailure('malformed', `X-Amz-Expires must be 0 to ${MAX_PRESIGNED_SECONDS} seconds.`);
  }
  return {
    ...readCredential(queryValue(query, 'X-Amz-Credential')),
    signedHeaders: readSignedHeaders(queryValue(query, 'X-Amz-SignedHeaders')),
    signature: queryValue(query, 'X-Amz-Signature') ?? '',
    date: readDate(queryValue(query, 'X-Amz-Date')),
    sessionToken: queryValue(query, 'X-Amz-Security-Token'),
    expiresIn,
  };
}

function readCredential(text = ''): Pick<Claim, 'accessKeyId' | 'day' | 'region' | 'service'> {
  const match = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(text);
  const [, accessKeyId, day, region, service] = match ?? [];
  if (accessKeyId === undefined || day === undefined || region === undefined || service === undefined) {
    throw new AuthFailure('malformed', 'The credential must be <key id>/<date>/<region>/<service>/aws4_request.');
  }
  return { accessKeyId, day, region, service };
}

function readSignedHeaders(text = ''): string[] {
  const names = text.split(';');
  if (!names.includes('host')) throw new AuthFailure('malformed', "'host' must be among the signed headers.");
  return names;
}

function readDate(text = ''): Date {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const [, year, month, day, hour, minute, second] = match ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(date.getTime())) throw new AuthFailure('malformed', 'X-Amz-Date must be yyyyMMddTHHmmssZ.');
  return date;
}

const shortDate = (date: Date): string => date.toISOString().slice(0, 10).replaceAll('-', '');

function splitAtEquals(text: string): [string, string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function headerValue(request: SignedRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** S3 signs the path with each segment percent-encoded once, whatever the client left as it was. */
function canonicalS3Path(rawPath: string): string {
  return rawPath
    .split('/')
    .map((segment) =>
      encodeURIComponent(decodeURIComponent(segment)).replace(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
