/** The speech service on a free port, for tests, and what to ask it with. */
import OpenAI from 'openai';
import { startGttsProxy } from '../server.ts';
import { readGttsProxySettings } from '../settings.ts';

export interface TestProxy {
  /** Without `/v1`. */
  readonly url: string;
  /** OpenAI's own client, retries off. */
  readonly client: OpenAI;
  /** `POST /v1/audio/speech` with a default for each required field. */
  speak: (body?: Record<string, unknown>, init?: RequestInit) => Promise<Response>;
  stop: () => Promise<void>;
}

export async function startTestProxy(env: NodeJS.ProcessEnv = {}): Promise<TestProxy> {
  const settings = readGttsProxySettings({ PORT: '0', LOG_LEVEL: 'silent', FLITE_THREADS: '1', ...env });
  const { port, stop } = await startGttsProxy(settings);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }),
    speak: (body, init) =>
      fetch(`${url}/v1/audio/speech`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'tts-1', voice: 'alloy', input: 'The tide comes in at noon.', ...body }),
        ...init,
      }),
    stop,
  };
}
