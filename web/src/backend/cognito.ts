/** Becoming a guest of the identity pool, and a guest's credentials. */
import * as z from 'zod';
import type { GuestCredentials } from '../../../client/guest-credentials.ts';
import type { ClientSettings } from '../../../client/settings.ts';
import { identityIdSchema } from '../../../protocol/keys.ts';
import { AwsFailure, sendToAws } from './aws-request.ts';

const identitySchema = z.object({ IdentityId: identityIdSchema });
const credentialsSchema = z.object({
  Credentials: z.object({
    AccessKeyId: z.string().min(1),
    SecretKey: z.string().min(1),
    SessionToken: z.string().min(1),
    /** Epoch seconds. */
    Expiration: z.number(),
  }),
});

/** Cognito's words for an identity that is not, or no longer, of its pool. */
const UNKNOWN_IDENTITY: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'NotAuthorizedException',
  'InvalidParameterException',
]);

export const isUnknownIdentity = (error: unknown): boolean =>
  error instanceof AwsFailure && UNKNOWN_IDENTITY.has(error.name);

export async function newIdentityId(settings: ClientSettings): Promise<string> {
  const answer = await call(settings, 'GetId', { IdentityPoolId: settings.identityPoolId });
  return identitySchema.parse(answer).IdentityId;
}

export async function issueCredentials(settings: ClientSettings, identityId: string): Promise<GuestCredentials> {
  const answer = await call(settings, 'GetCredentialsForIdentity', { IdentityId: identityId });
  const { AccessKeyId, SecretKey, SessionToken, Expiration } = credentialsSchema.parse(answer).Credentials;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretKey,
    sessionToken: SessionToken,
    expiration: new Date(Expiration * 1000),
  };
}

async function call({ region, awsEndpointUrl }: ClientSettings, operation: string, body: object): Promise<unknown> {
  const text = await sendToAws({
    method: 'POST',
    url: `${awsEndpointUrl ?? `https://cognito-identity.${region}.amazonaws.com`}/`,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityService.${operation}`,
    },
    body: JSON.stringify(body),
  });
  return JSON.parse(text);
}
