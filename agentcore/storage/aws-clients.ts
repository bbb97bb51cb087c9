/** The AWS clients, with timeouts that fit a conversation. */
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Settings } from '../settings.ts';

const requestHandler = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true };

export interface AwsClients {
  s3: S3Client;
  /** Signs URLs for clients, who may reach S3 under another address. */
  publicS3: S3Client;
  documents: DynamoDBDocumentClient;
  connections: ApiGatewayManagementApiClient;
  destroy: () => void;
}

export function createAwsClients(settings: Settings): AwsClients {
  const { AWS_REGION: region, AWS_ENDPOINT_URL: endpoint, PUBLIC_AWS_URL: publicEndpoint = endpoint } = settings;
  const shared = { region, maxAttempts: 3, requestHandler };
  // What is read is checked by TLS already; a student waits for this read.
  const checksums = { responseChecksumValidation: 'WHEN_REQUIRED' } as const;
  const s3 = new S3Client({
    ...shared,
    ...checksums,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
  });
  const publicS3 = new S3Client({
    ...shared,
    ...(publicEndpoint !== undefined && { endpoint: publicEndpoint, forcePathStyle: true }),
  });
  const dynamo = new DynamoDBClient({ ...shared, ...(endpoint !== undefined && { endpoint }) });
  const documents = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  // Deliveries are retried by their sink, which knows how long a client may wait.
  const connections = new ApiGatewayManagementApiClient({
    ...shared,
    maxAttempts: 1,
    endpoint: settings.CONNECTIONS_ENDPOINT,
  });
  const clients = [s3, publicS3, dynamo, connections];
  return { s3, publicS3, documents, connections, destroy: () => clients.forEach((client) => client.destroy()) };
}
