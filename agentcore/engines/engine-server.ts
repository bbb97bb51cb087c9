/** One OpenAI-compatible server: the client that asks it, the watch that tells whether it is there, its dialect. */
import OpenAI from 'openai';
import { ChatDialect } from './chat-dialect.ts';
import { HttpClient } from './http-client.ts';
import { ServerWatch, WATCH_TIMES } from './server-watch.ts';

export interface ServerAddress {
  /** An OpenAI-style base, `/v1` included. */
  baseUrl: string;
  apiKey: string;
}

export class EngineServer {
  readonly client: OpenAI;
  readonly watch: ServerWatch;
  readonly dialect = new ChatDialect();
  readonly #http = new HttpClient();
  readonly #models: string;
  readonly #apiKey: string;

  constructor({ baseUrl, apiKey }: ServerAddress, times = WATCH_TIMES) {
    this.#models = `${baseUrl}/models`;
    this.#apiKey = apiKey;
    // The client's own retries wait, and double every timeout. A connection that went stale is retried by HttpClient;
    // of the rest, a student is told and lectures are patient.
    this.client = new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0, fetch: this.#http.fetch });
    this.watch = new ServerWatch(
      {
        // Without the key: a refusal is an answer.
        probe: async (signal) => await this.#http.probe(this.#models, signal),
        onSilence: () => this.#http.dropIdle(),
      },
      times,
    );
  }

  /** Throws unless the server would take a request with this key. Leaves a connection open for the next one. */
  async check(signal: AbortSignal): Promise<void> {
    const headers = { authorization: `Bearer ${this.#apiKey}` };
    const response = await this.#http.fetch(this.#models, { signal, headers });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${this.#models} answered ${response.status}`);
  }
}
