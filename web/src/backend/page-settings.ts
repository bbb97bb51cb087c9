/** Where the page finds the rest of SynapScribe: told by `settings.json`, beside the page itself. */
import * as z from 'zod';
import { clientSettingsSchema, type ClientSettings } from '../../../client/settings.ts';

const settingsSchema = clientSettingsSchema.extend({ webSocketUrl: z.url({ protocol: /^wss?$/ }) });
const TIMEOUT_MS = 10_000;

let settings: Promise<ClientSettings> | undefined;

/** Loaded once; a failure is not kept. */
export function pageSettings(): Promise<ClientSettings> {
  settings ??= load().catch((error: unknown) => {
    settings = undefined;
    throw error;
  });
  return settings;
}

async function load(): Promise<ClientSettings> {
  const response = await fetch('settings.json', { signal: AbortSignal.timeout(TIMEOUT_MS), cache: 'no-store' });
  if (!response.ok) throw new Error(`settings.json: ${response.status}`);
  return settingsSchema.parse(await response.json());
}
