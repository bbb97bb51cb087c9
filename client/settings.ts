/** What the page's `settings.json` tells a client. */
import * as z from 'zod';

export const clientSettingsSchema = z.object({
  region: z.string().min(1),
  identityPoolId: z.string().min(1),
  audioBucket: z.string().min(1),
  sessionsTable: z.string().min(1),
  /** One address for Cognito, S3 and DynamoDB; AWS itself without it. */
  awsEndpointUrl: z.url({ protocol: /^https?$/ }).optional(),
});

export type ClientSettings = z.infer<typeof clientSettingsSchema> & { webSocketUrl: string };
