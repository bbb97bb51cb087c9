/** What the Lambda handlers find in their environment, as CDKTF sets it on AWS. */
import type { Settings } from './settings.ts';

/** Sets `process.env`, which the handlers read at their first call. */
export function provideLambdaEnvironment(
  settings: Settings,
  urls: {
    /** Where this process itself answers. */
    awsUrl: string;
    /** Where clients reach it. */
    publicAwsUrl: string;
  },
): void {
  Object.assign(process.env, {
    LOG_LEVEL: settings.LOG_LEVEL,
    AGENTCORE_ENDPOINT: settings.AGENTCORE_ENDPOINT,
    SESSIONS_TABLE: settings.SESSIONS_TABLE,
    AUDIO_BUCKET: settings.AUDIO_BUCKET,
    AWS_REGION: settings.AWS_REGION,
    AWS_ENDPOINT_URL: urls.awsUrl,
    PUBLIC_AWS_URL: urls.publicAwsUrl,
    AWS_ACCESS_KEY_ID: settings.LOCAL_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: settings.LOCAL_SECRET_ACCESS_KEY,
  });
  // A token of the user's own, for AWS itself, does not go with this key.
  Reflect.deleteProperty(process.env, 'AWS_SESSION_TOKEN');
  Reflect.deleteProperty(process.env, 'AWS_PROFILE');
}
