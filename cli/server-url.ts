/** The WebSocket address of a running SynapScribe, as the command line takes it. */
import { UsageError } from './ask/usage-error.ts';

/** Where `npm start` listens unless told. */
export const DEFAULT_SERVER_URL = 'ws://127.0.0.1:8080/Prod';

/** The value of `--url`. @throws UsageError */
export function parseServerUrl(url: string): string {
  if (URL.canParse(url) && ['ws:', 'wss:'].includes(new URL(url).protocol)) return url;
  throw new UsageError(`--url must be a WebSocket address, such as ${DEFAULT_SERVER_URL}.`);
}
