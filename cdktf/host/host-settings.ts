/** The text of the SSM parameter that a host reads at each apply. lib/settings.sh says what each value may be. */

/** The bucket, key and SHA-256 (hex) of the asset that host-asset.ts builds. */
const ASSET_KEYS = ['ASSET_BUCKET', 'ASSET_KEY', 'ASSET_SHA256'] as const;
/** What AgentCore works with; OPEN_MODEL_PORTS is 0 or 1. */
const SERVICE_KEYS = [
  'AWS_REGION',
  'AUDIO_BUCKET',
  'SESSIONS_TABLE',
  'CONNECTIONS_ENDPOINT',
  'OPEN_MODEL_PORTS',
  'CLOUDWATCH_METRICS_NAMESPACE',
  'LOG_GROUP_PREFIX',
] as const;
/** MODEL_REVISION is a commit or a branch; MODEL_SHA256 is empty, or the digest that the first fetch printed. */
const MODEL_KEYS = [
  'VLLM_DTYPE',
  'VLLM_MEMORY',
  'LLM_CONTEXT_TOKENS',
  'MODEL_ID',
  'MODEL_REVISION',
  'MODEL_SHA256',
] as const;
/**
 * PURCHASE is spot or on-demand. LIFECYCLE_HOOK is empty, or the name that a group's two hooks have in common: they are
 * `<name>-launch` and `<name>-terminate`.
 */
const FLEET_KEYS = ['PURCHASE', 'LIFECYCLE_HOOK'] as const;

export const HOST_SETTING_KEYS = [...ASSET_KEYS, ...SERVICE_KEYS, ...MODEL_KEYS, ...FLEET_KEYS] as const;
export type HostSettings = Record<(typeof HOST_SETTING_KEYS)[number], string>;

/** @param settings values may be Terraform tokens: they go into the text as they are, and the host checks them */
export const renderHostSettings = (settings: HostSettings): string =>
  HOST_SETTING_KEYS.map((key) => `${key}=${settings[key]}\n`).join('');
