/** The pipeline's real engines against a scripted model and a scripted voice, for tests of what happens between them. */
import { startScripted, type TestServer } from '../../containers/vllm-cpu/test-support/scripted-server.ts';
import { startScriptedSpeech, type ScriptedSpeech, type SpeechScript } from './scripted-speech.ts';

export interface ScriptedModel extends Pick<TestServer, 'change' | 'requests' | 'stop'> {
  /** An OpenAI-style base, `/v1` included. */
  readonly baseUrl: string;
}

/** The CPU stand-in in scripted mode, in this process. `env` holds STUB_* settings. */
export async function startScriptedModel(env: Record<string, string> = {}): Promise<ScriptedModel> {
  const server = await startScripted({ STUB_ASR_TEXT: 'Why are there tides?', ...env });
  return { ...server, baseUrl: `${server.url}/v1` };
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
