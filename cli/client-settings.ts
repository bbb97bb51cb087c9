/** Where a client finds SynapScribe: told by the page's `settings.json`, or on AWS by the environment. */
import { z } from 'zod';
import { clientSettingsSchema, type ClientSettings } from '../client/settings.ts';
import { SynapscribeError } from '../protocol/errors.ts';
import { withDeadline } from '../service-kit/deadline.ts';
import { readSettings } from '../service-kit/settings.ts';

const awsEnvironmentSchema = z.object({
  IDENTITY_POOL_ID: z.string(),
  AUDIO_BUCKET: z.string(),
  SESSIONS_TABLE: z.string().default('SynapScribe-Sessions'),
});

const SETTINGS_TIMEOUT_MS = 10_000;

/**
 * @param webSocketUrl `ws://host:port/Prod`, or API Gateway's `wss://<id>.execute-api.<region>.amazonaws.com/Prod`
 * @throws SynapscribeError agent_unavailable where nothing answers there; SettingsError where the environment lacks what AWS needs
 */
export async function loadClientSettings(webSocketUrl: string, signal?: AbortSignal): Promise<ClientSettings> {
  const { hostname } = new URL(webSocketUrl);
  const region = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com$/.exec(hostname)?.[1];
  if (region === undefined) return await fetchSettings(webSocketUrl, signal);
  const env = readSettings(awsEnvironmentSchema);
  return {
    webSocketUrl,
    region,
    identityPoolId: env.IDENTITY_POOL_ID,
    audioBucket: env.AUDIO_BUCKET,
    sessionsTable: env.SESSIONS_TABLE,
  };
}

async function fetchSettings(webSocketUrl: string, signal?: AbortSignal): Promise<ClientSettings> {
  const settingsUrl = new URL('/settings.json', webSocketUrl.replace(/^ws/, 'http'));
  try {
    return await withDeadline(SETTINGS_TIMEOUT_MS, signal, async (limited) => {
      const response = await fetch(settingsUrl, { signal: limited });
      if (!response.ok) throw new Error(`${settingsUrl.href} answered ${response.status}.`);
      return { ...clientSettingsSchema.parse(await response.json()), webSocketUrl };
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new SynapscribeError('agent_unavailable', `SynapScribe does not answer at ${settingsUrl.origin}.`, {
      cause: error,
    });
  }
}
