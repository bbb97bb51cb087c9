/** What both Lambdas read from the environment. */
import { z } from 'zod';
import { baseUrl, logLevel } from '../../service-kit/settings.ts';

export const lambdaSettingsSchema = z.object({
  AGENTCORE_ENDPOINT: baseUrl(),
  SESSIONS_TABLE: z.string().min(3),
  AUDIO_BUCKET: z.string().min(3),
  AWS_REGION: z.string().min(1),
  /** Only off AWS: one address for S3 and DynamoDB. */
  AWS_ENDPOINT_URL: baseUrl().optional(),
  /** Only off AWS: where a browser reaches S3, if under another address than the Lambdas. */
  PUBLIC_AWS_URL: baseUrl().optional(),
  LOG_LEVEL: logLevel(),
});

export type LambdaSettings = z.infer<typeof lambdaSettingsSchema>;
