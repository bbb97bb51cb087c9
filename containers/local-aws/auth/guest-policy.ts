/**
 * What a guest's role allows: to put questions under its own identity, to put and get its own sessions, and to connect.
 * Everything else is denied. The stack's IAM policy says the same in AWS's words.
 */
import { z } from 'zod';
import { queryValue, type Query } from '../support/request-target.ts';

export interface S3Action {
  method: string;
  bucket: string;
  key: string;
  query: Query;
  isCopy: boolean;
}

/** Parameters that make another action of a PUT or POST. */
const SUBRESOURCES = ['acl', 'tagging', 'retention', 'legal-hold', 'torrent', 'restore', 'select', 'attributes'];

export function mayGuestUseS3(identityId: string, action: S3Action, audioBucket: string): boolean {
  const { method, bucket, key, query, isCopy } = action;
  if (bucket !== audioBucket || !key.startsWith(`queries/${identityId}/`)) return false;
  if (isCopy || SUBRESOURCES.some((name) => name in query)) return false;
  if (method === 'PUT') return true;
  // The parts of PutObject in several pieces.
  return (
    method === 'POST' && (queryValue(query, 'uploads') !== undefined || queryValue(query, 'uploadId') !== undefined)
  );
}

const putItemSchema = z.object({ TableName: z.string(), Item: z.object({ sessionId: z.object({ S: z.string() }) }) });
const getItemSchema = z.object({ TableName: z.string(), Key: z.object({ sessionId: z.object({ S: z.string() }) }) });

/** `body` is the parsed request. `dynamodb:LeadingKeys` pins the session id to the identity. */
export function mayGuestUseDynamo(identityId: string, operation: string, body: unknown, table: string): boolean {
  if (operation === 'PutItem') {
    const put = putItemSchema.safeParse(body).data;
    return put?.TableName === table && put.Item.sessionId.S === identityId;
  }
  if (operation === 'GetItem') {
    const get = getItemSchema.safeParse(body).data;
    return get?.TableName === table && get.Key.sessionId.S === identityId;
  }
  return false;
}
