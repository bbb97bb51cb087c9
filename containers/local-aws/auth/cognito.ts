/** Cognito's two calls for guests, GetId and GetCredentialsForIdentity. Neither is signed. */
import { z } from 'zod';
import { JsonServiceError } from './json-failure.ts';
import type { Identities } from './identities.ts';

const getIdSchema = z.object({ IdentityPoolId: z.string(), Logins: z.record(z.string(), z.string()).optional() });
const getCredentialsSchema = z.object({
  IdentityId: z.string(),
  Logins: z.record(z.string(), z.string()).optional(),
});

export interface CognitoOptions {
  identities: Identities;
  identityPoolId: string;
}

/**
 * @param operation the part of X-Amz-Target after the dot
 * @returns the response's body
 * @throws JsonServiceError
 */
export function answerCognito(operation: string, body: Buffer, { identities, identityPoolId }: CognitoOptions): object {
  if (operation === 'GetId') {
    const request = parse(getIdSchema, body);
    if (request.IdentityPoolId !== identityPoolId) {
      throw new JsonServiceError('ResourceNotFoundException', `IdentityPool '${request.IdentityPoolId}' not found.`);
    }
    refuseLogins(request.Logins);
    return { IdentityId: identities.createId() };
  }
  if (operation === 'GetCredentialsForIdentity') {
    const { IdentityId, Logins } = parse(getCredentialsSchema, body);
    refuseLogins(Logins);
    if (!identities.isKnown(IdentityId)) {
      throw new JsonServiceError('ResourceNotFoundException', `Identity '${IdentityId}' not found.`);
    }
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = identities.issueCredentials(IdentityId);
    return {
      IdentityId,
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: expiration,
      },
    };
  }
  throw new JsonServiceError('UnknownOperationException', `There is no operation ${operation} here.`);
}

function refuseLogins(logins: Record<string, string> | undefined): void {
  if (logins === undefined || Object.keys(logins).length === 0) return;
  throw new JsonServiceError('NotAuthorizedException', 'This identity pool knows guests only.');
}

function parse<T extends z.ZodType>(schema: T, body: Buffer): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw new JsonServiceError('SerializationException', 'The body is not JSON.');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new JsonServiceError('InvalidParameterException', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
