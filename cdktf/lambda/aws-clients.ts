/** The AWS clients of both Lambdas: few attempts and short waits, because a student is waiting too. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LambdaSettings } from './settings.ts';

export interface AwsClients {
  dynamo: DynamoDBDocumentClient;
  s3: S3Client;
}

type AwsSettings = Pick<LambdaSettings, 'AWS_REGION' | 'AWS_ENDPOINT_URL' | 'PUBLIC_AWS_URL'>;

const MAX_ATTEMPTS = 2;
const CONNECTION_TIMEOUT_MS = 1_000;

export function createAwsClients(settings: AwsSettings): AwsClients {
  return {
    dynamo: DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(settings, settings.AWS_ENDPOINT_URL)), {
      marshallOptions: { removeUndefinedValues: true },
    }),
    s3: createS3Client(settings, settings.AWS_ENDPOINT_URL),
  };
}

/** For addresses that are handed to a browser: it sends nothing itself. */
export function createPresigningS3Client(settings: AwsSettings): S3Client {
  return createS3Client(settings, settings.PUBLIC_AWS_URL ?? settings.AWS_ENDPOINT_URL);
}

function createS3Client(settings: AwsSettings, endpoint: string | undefined): S3Client {
  return new S3Client({ ...clientConfig(settings, endpoint), forcePathStyle: endpoint !== undefined });
}

function clientConfig(settings: AwsSettings, endpoint: string | undefined) {
  return {
    region: settings.AWS_REGION,
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS },
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}
