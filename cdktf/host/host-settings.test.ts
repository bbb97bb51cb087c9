/** The host's settings: what the stack writes is what the host knows. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { HOST_SETTING_KEYS, renderHostSettings, type HostSettings } from './host-settings.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const SETTINGS: HostSettings = {
  ASSET_BUCKET: 'synapscribe-deploy-123456789012',
  ASSET_KEY: 'host/0a.tar.gz',
  ASSET_SHA256: '0a'.repeat(32),
  AWS_REGION: 'us-gov-west-1',
  AUDIO_BUCKET: 'synapscribe-audio-123456789012',
  SESSIONS_TABLE: 'SynapScribe-Sessions',
  CONNECTIONS_ENDPOINT: 'https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/Prod',
  OPEN_MODEL_PORTS: '0',
  CLOUDWATCH_METRICS_NAMESPACE: 'SynapScribe',
  LOG_GROUP_PREFIX: '/synapscribe',
  VLLM_DTYPE: 'half',
  VLLM_MEMORY: '13g',
  LLM_CONTEXT_TOKENS: '16384',
  MODEL_ID: 'Qwen/Qwen2.5-Omni-3B',
  MODEL_REVISION: 'f75b40e3da2003cdd6e1829b1f420ca70797c34e',
  MODEL_SHA256: '',
  PURCHASE: 'on-demand',
  LIFECYCLE_HOOK: '',
};

interface Parsed {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** As the host reads them. */
function parse(text: string): Parsed {
  const script = '. lib/common.sh; . lib/settings.sh; parse_settings; render_settings';
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: FOLDER,
    input: text,
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { status, stdout, stderr };
}

describe("the parameter's text", () => {
  it('is a line a key, with values as they are, tokens too', () => {
    const text = renderHostSettings({ ...SETTINGS, AUDIO_BUCKET: '${TfToken[TOKEN.7]}' });
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split('=')[0]),
    ).toEqual([...HOST_SETTING_KEYS]);
    expect(text).toContain('AUDIO_BUCKET=${TfToken[TOKEN.7]}\n');
  });

  it('is what the host reads: the same keys, the same values', () => {
    const { status, stdout, stderr } = parse(renderHostSettings(SETTINGS));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const sorted = (text: string): string[] => text.trim().split('\n').sort();
    expect(sorted(stdout)).toEqual(sorted(renderHostSettings(SETTINGS)));
  });

  it.each([
    ['AWS_REGION', 'us-east-1;reboot'],
    ['AUDIO_BUCKET', 'Bucket'],
    ['ASSET_KEY', 'host/$(id)'],
    ['ASSET_SHA256', 'abc'],
    ['SESSIONS_TABLE', "x'y"],
    ['CONNECTIONS_ENDPOINT', 'http://example.org'],
    ['OPEN_MODEL_PORTS', 'yes'],
    ['CLOUDWATCH_METRICS_NAMESPACE', 'a b'],
    ['LOG_GROUP_PREFIX', '/x"'],
    ['VLLM_DTYPE', 'float32'],
    ['VLLM_MEMORY', '28'],
    ['LLM_CONTEXT_TOKENS', '0'],
    ['MODEL_ID', '../../x'],
    ['MODEL_REVISION', 'refs/../main'],
    ['MODEL_SHA256', 'abc'],
    ['PURCHASE', 'free'],
    ['LIFECYCLE_HOOK', '--x y'],
    ['VLLM_MEMORY', '28g\r'],
  ] as const)('is refused by the host for %s=%j, in one sentence without the value', (key, value) => {
    const { status, stdout, stderr } = parse(renderHostSettings({ ...SETTINGS, [key]: value }));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^\\S+ The setting ${key} has a value that is not allowed\\.\n$`));
  });
});
