/** The speech server under test: the one at BASE_URL, or else this project's own, started with the offline voice alone. */
import OpenAI from 'openai';
import { startGttsProxy } from '../../../../gtts-proxy/server.ts';
import { readGttsProxySettings } from '../../../../gtts-proxy/settings.ts';

/** Whether the server is this project's own, of which more is known: its settings, its metrics. */
export const IS_OWN = process.env['BASE_URL'] === undefined;
/** What the server asks for as a bearer token; undefined where it is another's and asks for none. */
export const API_KEY = process.env['TTS_API_KEY'] ?? (IS_OWN ? 'the key of the test' : undefined);

export interface Target {
  /** Without `/v1` and without a slash at its end. */
  readonly url: string;
  /** OpenAI's own client, retries off. */
  readonly client: OpenAI;
  /** `POST /v1/audio/speech` through that client, with a default for each required field, which `body` may break. */
  speak: (body?: Record<string, unknown>, signal?: AbortSignal) => Promise<Response>;
  stop: () => Promise<void>;
}

/** @param env settings of the project's own server; another's is as it is */
export async function startTarget(env: NodeJS.ProcessEnv = {}): Promise<Target> {
  const given = process.env['BASE_URL']?.replace(/(?:\/v1)?\/*$/, '');
  const own = given === undefined ? await startOwn(env) : undefined;
  const url = given ?? `http://127.0.0.1:${own?.port}`;
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: API_KEY ?? 'none', maxRetries: 0, timeout: 60_000 });
  return {
    url,
    client,
    speak: (body, signal) =>
      client
        .post('/audio/speech', {
          body: { model: 'tts-1', voice: 'alloy', input: 'The tide comes in at noon.', ...body },
          ...(signal && { signal }),
        })
        .asResponse(),
    stop: async () => {
      await own?.stop();
    },
  };
}

function startOwn(env: NodeJS.ProcessEnv): ReturnType<typeof startGttsProxy> {
  const settings = { PORT: '0', LOG_LEVEL: 'silent', SPEECH_ENGINE: 'flite', FLITE_THREADS: '2', TTS_API_KEY: API_KEY };
  return startGttsProxy(readGttsProxySettings({ ...settings, ...env }));
}

/** One series of the server's metrics; 0 where it does not exist. */
export async function metric({ url }: Target, series: string): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const line = lines.find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length) ?? 0);
}
