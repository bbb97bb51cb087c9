import { devNull } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { readSettings } from '../service-kit/settings.ts';
import { earsOf, settingsSchema } from '../agentcore/settings.ts';
import { modelEnvironment, serviceEnvironment, withoutAwsSettings } from './service-environment.ts';

describe('the environment of the embedded services', () => {
  it('has nothing of what the shell holds for AWS itself, nor of its files', () => {
    const env = withoutAwsSettings({
      AWS_PROFILE: 'p',
      AWS_SESSION_TOKEN: 't',
      AWS_ENDPOINT_URL_S3: 'u',
      AWS_PORT: '1',
    });
    expect(env).toMatchObject({
      AWS_PORT: '1',
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
    });
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining([expect.stringMatching(/PROFILE|TOKEN|ENDPOINT/)]));
  });

  it('listens on this machine alone, and says so', () => {
    expect(serviceEnvironment({ HOST: 'x86_64-conda-linux-gnu', LOG_LEVEL: 'warn', VLLM_API_KEY: 'k' })).toEqual({
      ...serviceEnvironment({}),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
    });
    expect(serviceEnvironment({ LOG_LEVEL: 'debug' })).toMatchObject({ LOG_LEVEL: 'debug' });
  });

  it("keeps the services' own settings", () => {
    expect(serviceEnvironment({ SPEECH_ENGINE: 'flite' })).toMatchObject({ SPEECH_ENGINE: 'flite' });
  });
});

describe('the servers that AgentCore asks', () => {
  const EMBEDDED = 'http://127.0.0.1:8000/v1';
  const OLLAMA = 'http://127.0.0.1:11434/v1';
  const serversFor = (env: NodeJS.ProcessEnv) => {
    const others = { AUDIO_BUCKET: 'bucket', SESSIONS_TABLE: 'table', CONNECTIONS_ENDPOINT: 'http://127.0.0.1:1' };
    const all = { ...serviceEnvironment(env), ...others, ...modelEnvironment(env, EMBEDDED) };
    const settings = readSettings(settingsSchema, all);
    const { LLM_BASE_URL: baseUrl, LLM_MODEL: model, LLM_API_KEY: apiKey } = settings;
    return { mind: { baseUrl, model, apiKey }, ears: earsOf(settings), tokens: settings.ASR_TOKENS_PER_SECOND };
  };
  const embedded = { baseUrl: EMBEDDED, model: 'qwen-omni', apiKey: 'none' };

  it('are the embedded one where none is named, whatever models and keys the shell holds', () => {
    expect(serversFor({ LLM_API_KEY: 'k', LLM_MODEL: 'gpt', ASR_MODEL: 'x', ASR_TOKENS_PER_SECOND: '1' })).toEqual({
      mind: embedded,
      ears: embedded,
      tokens: 25,
    });
  });

  it('are another for the mind, and the embedded one hears on', () => {
    expect(serversFor({ LLM_BASE_URL: OLLAMA, LLM_MODEL: 'llama3.2', LLM_API_KEY: 'k' })).toEqual({
      mind: { baseUrl: OLLAMA, model: 'llama3.2', apiKey: 'k' },
      ears: embedded,
      tokens: 25,
    });
    expect(serviceEnvironment({ LLM_MODEL: 'llama3.2' })).toEqual(serviceEnvironment({}));
  });

  it('are one for both where both name it', () => {
    const both = { LLM_BASE_URL: OLLAMA, ASR_BASE_URL: OLLAMA, LLM_MODEL: 'omni', LLM_API_KEY: 'k' };
    const omni = { baseUrl: OLLAMA, model: 'omni', apiKey: 'k' };
    expect(serversFor({ ...both, ASR_TOKENS_PER_SECOND: '0' })).toEqual({ mind: omni, ears: omni, tokens: 0 });
  });
});
