/** What IAM is asked about a request to S3, DynamoDB or `@connections`, as AWS documents it for each operation. */
import { z } from 'zod';
import type { IamRequest } from '../../cdktf/test-support/iam.ts';
import type { RecordedRequest } from './recording-proxy.ts';

/** What the stack's resources are called on AWS. */
export interface AwsNames {
  account: string;
  region: string;
  apiId: string;
  /** The one bucket of these requests. */
  localBucket: string;
  bucket: string;
}

const keySchema = z.object({ sessionId: z.object({ S: z.string() }) });
const dynamoSchema = z.object({
  TableName: z.string().optional(),
  Key: keySchema.optional(),
  Item: keySchema.optional(),
  RequestItems: z.record(z.string(), z.object({ Keys: z.array(keySchema) })).optional(),
  KeyConditionExpression: z.string().optional(),
  ExpressionAttributeValues: z.record(z.string(), z.unknown()).optional(),
});
const valueSchema = z.object({ S: z.string() });

/**
 * Nothing for a request that IAM is not asked about: Cognito's, which a guest makes before it has credentials.
 * @throws Error for one whose right is not known here
 */
export function iamRequestsOf(recorded: RecordedRequest, names: AwsNames): IamRequest[] {
  const { method, url, target, body } = recorded;
  if (target?.startsWith('AWSCognitoIdentityService.') === true) return [];
  if (target?.startsWith('DynamoDB_') === true) return [dynamoRequest(target, body, names)];
  const path = decodeURIComponent(url.split('?')[0] ?? '');
  const connection = /^\/Prod\/@connections\/(.+)$/.exec(path);
  if (connection !== null) {
    const resource = `arn:aws:execute-api:${names.region}:${names.account}:${names.apiId}/Prod/${method}/@connections/${connection[1] ?? ''}`;
    return [{ action: 'execute-api:ManageConnections', resource }];
  }
  return s3Requests(recorded, path, names);
}

function dynamoRequest(target: string, body: Buffer, { account, region }: AwsNames): IamRequest {
  const operation = target.split('.')[1] ?? '';
  const parsed = dynamoSchema.parse(JSON.parse(body.toString()));
  const { TableName, Key, Item, RequestItems = {}, KeyConditionExpression, ExpressionAttributeValues = {} } = parsed;
  const tables = [...(TableName === undefined ? [] : [TableName]), ...Object.keys(RequestItems)];
  const [table] = tables;
  if (table === undefined || tables.length > 1) throw new Error(`${operation} is about ${tables.length} tables`);
  const keys = [
    ...(Key ? [Key] : []),
    ...(Item ? [Item] : []),
    ...Object.values(RequestItems).flatMap(({ Keys }) => Keys),
  ];
  const partitions = keys.map(({ sessionId }) => sessionId.S);
  if (KeyConditionExpression !== undefined) {
    const name = /^sessionId = (:\w+)/.exec(KeyConditionExpression)?.[1] ?? '';
    partitions.push(valueSchema.parse(ExpressionAttributeValues[name]).S);
  }
  return {
    action: `dynamodb:${operation}`,
    resource: `arn:aws:dynamodb:${region}:${account}:table/${table}`,
    ...(partitions.length > 0 && { context: { 'dynamodb:LeadingKeys': [...new Set(partitions)] } }),
  };
}

function s3Requests({ method, url, body, status }: RecordedRequest, path: string, names: AwsNames): IamRequest[] {
  const [, local, ...rest] = path.split('/');
  if (local !== names.localBucket) throw new Error(`${method} ${url} is for another bucket`);
  const bucket = `arn:aws:s3:::${names.bucket}`;
  const key = rest.join('/');
  const list = { action: 's3:ListBucket', resource: bucket };
  if (key === '') {
    if (method === 'HEAD') return [list];
    const posted = /name="key"\r\n\r\n([^\r]+)\r\n/.exec(body.toString('latin1'))?.[1];
    if (method === 'POST' && posted !== undefined) return [{ action: 's3:PutObject', resource: `${bucket}/${posted}` }];
    const parameters = new URLSearchParams(url.split('?')[1] ?? '');
    if (method === 'GET' && parameters.get('list-type') === '2') return [list];
    if (method === 'POST' && parameters.has('delete')) {
      const keys = [...body.toString().matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, one = '']) => one);
      return keys.map((one) => ({ action: 's3:DeleteObject', resource: `${bucket}/${one}` }));
    }
    throw new Error(`What right does ${method} ${url} need?`);
  }
  // Any other makes another operation of it: `?acl`, `?tagging`.
  const parameters = [...new URLSearchParams(url.split('?')[1] ?? '').keys()];
  if (!parameters.every((name) => /^(?:x-amz-|x-id$|response-)/i.test(name))) {
    throw new Error(`What right does ${method} ${url} need?`);
  }
  const resource = `${bucket}/${key}`;
  if (method === 'PUT') return [{ action: 's3:PutObject', resource }];
  if (method !== 'GET' && method !== 'HEAD') throw new Error(`What right does ${method} ${url} need?`);
  // Without it S3 says 403 of what is not there.
  return [{ action: 's3:GetObject', resource }, ...(status === 404 ? [list] : [])];
}
