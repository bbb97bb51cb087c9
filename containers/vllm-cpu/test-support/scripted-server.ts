/** A scripted server in the test's own process, and what tests ask of it. */
import { readSettings } from '../../../service-kit/settings.ts';
import type { RunningService } from '../../../service-kit/service.ts';
import type { JournalEntry } from '../script/request-journal.ts';
import { startVllmCpu } from '../server.ts';
import { settingsSchema } from '../settings.ts';

export interface TestServer extends RunningService {
  /** Without `/v1`. */
  url: string;
  chat: (body: object, init?: RequestInit) => Promise<Response>;
  /** What came in, oldest first. */
  requests: () => Promise<JournalEntry[]>;
  /** Changes the script: keys as `/stub/script` takes them. */
  change: (script: Record<string, unknown>) => Promise<void>;
}

/** `env` holds STUB_* and other settings. */
export async function startScripted(env: Record<string, string> = {}): Promise<TestServer> {
  const settings = readSettings(settingsSchema, { PORT: '0', LOG_LEVEL: 'silent', STUB_ASR_MS: '0', ...env });
  const service = await startVllmCpu(settings);
  const url = `http://127.0.0.1:${service.port}`;
  return {
    url,
    stop: service.stop,
    chat: (body, init = {}) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        ...init,
      }),
    requests: async () => {
      const response = await fetch(`${url}/stub/requests`);
      const { requests } = (await response.json()) as { requests: JournalEntry[] };
      return requests;
    },
    change: async (script) => {
      const response = await fetch(`${url}/stub/script`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(script),
      });
      if (!response.ok) throw new Error(await response.text());
    },
  };
}

export const QUESTION = { model: 'qwen-omni', messages: [{ role: 'user', content: 'How do plants make food?' }] };

/** A chat with recordings, as AgentCore sends them. */
export function recordings(...clips: Uint8Array[]): { model: string; messages: object[] } {
  const parts = clips.map((clip) => ({
    type: 'input_audio',
    input_audio: { data: Buffer.from(clip).toString('base64'), format: 'wav' },
  }));
  return {
    model: 'qwen-omni',
    messages: [
      { role: 'system', content: 'You transcribe speech.' },
      { role: 'user', content: [...parts, { type: 'text', text: 'Transcribe this recording word for word.' }] },
    ],
  };
}

export interface Chunk {
  choices: { delta: { role?: string; content?: string }; finish_reason: string | null; stop_reason?: string | null }[];
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  error?: { message: string; type: string; code: number };
}

/** The events of a stream, each with the moment it came; `[DONE]` is left out but told of. */
export async function readStream(response: Response): Promise<{ chunks: Chunk[]; times: number[]; done: boolean }> {
  const chunks: Chunk[] = [];
  const times: number[] = [];
  let done = false;
  let text = '';
  const decoder = new TextDecoder();
  if (response.body === null) throw new Error('no body');
  for await (const bytes of response.body) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = event.replace(/^data: /, '');
      if (data === '[DONE]') done = true;
      else {
        chunks.push(JSON.parse(data) as Chunk);
        times.push(performance.now());
      }
    }
  }
  return { chunks, times, done };
}

export const contentOf = (chunks: readonly Chunk[]): string =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
