import { devNull } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { serviceEnvironment, withoutAwsSettings } from './service-environment.ts';

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
