/** The pipeline's real engines against a scripted model and a scripted voice, for tests of what happens between them. */
import { startVllmCpu } from '../../containers/vllm-cpu/server.ts';
import { settingsSchema as vllmSettings } from '../../containers/vllm-cpu/settings.ts';
import type { JournalEntry } from '../../containers/vllm-cpu/script/request-journal.ts';
import { startScriptedSpeech, type ScriptedSpeech, type SpeechScript } from './scripted-speech.ts';

export interface ScriptedModel {
  /** An OpenAI-style base, `/v1` included. */
  readonly baseUrl: string;
  /** Changes the script: keys as `/stub/script` takes them. */
  change: (script: Record<string, unknown>) => Promise<void>;
  /** What came in, oldest first. */
  requests: () => Promise<JournalEntry[]>;
  stop: () => Promise<void>;
}

/** The CPU stand-in in scripted mode, in this process. `env` holds STUB_* settings. */
export async function startScriptedModel(env: Record<string, string> = {}): Promise<ScriptedModel> {
  const settings = vllmSettings.parse({
    PORT: '0',
    LOG_LEVEL: 'silent',
    STUB_ASR_TEXT: 'Why are there tides?',
    ...env,
  });
  const service = await startVllmCpu(settings);
  const root = `http://127.0.0.1:${service.port}`;
  return {
    baseUrl: `${root}/v1`,
    change: async (script) => {
      const response = await fetch(`${root}/stub/script`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(script),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    requests: async () => {
      const response = await fetch(`${root}/stub/requests`);
      return ((await response.json()) as { requests: JournalEntry[] }).requests;
    },
    stop: async () => await service.stop(),
  };
}

export interface ScriptedBackends {
  model: ScriptedModel;
  speech: ScriptedSpeech;
  stop: () => Promise<void>;
}

export async function startScriptedBackends(
  env: Record<string, string> = {},
  speechScript: Partial<SpeechScript> = {},
): Promise<ScriptedBackends> {
  const [model, speech] = await Promise.all([startScriptedModel(env), startScriptedSpeech(speechScript)]);
  return {
    model,
    speech,
    stop: async () => {
      await Promise.all([model.stop(), speech.stop()]);
    },
  };
}
