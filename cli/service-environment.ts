/**
 * The environment that the embedded services start from: the caller's, so that each one's settings can be given to
 * `npm start`, but without what a shell holds for other programs under the same names.
 */
import { devNull } from 'node:os';

/** Our own, although it begins as the AWS SDK's do. */
const OWN: ReadonlySet<string> = new Set(['AWS_PORT']);
/** Of other model servers: AgentCore asks the embedded one without a key. */
const FOREIGN_KEYS: ReadonlySet<string> = new Set(['VLLM_API_KEY', 'LLM_API_KEY']);
/** A service says on its log that it listens, at the level `info`: with less, nobody would learn of it. */
const LOG_LEVELS: readonly string[] = ['trace', 'debug', 'info'];

/** Without profile, keys, session token, endpoints and whatever else the AWS SDK reads, its files included. */
export function withoutAwsSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_') || OWN.has(name))),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

export function serviceEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const logLevel = env['LOG_LEVEL'] ?? 'info';
  return {
    ...Object.fromEntries(Object.entries(withoutAwsSettings(env)).filter(([name]) => !FOREIGN_KEYS.has(name))),
    // conda and csh name the machine so.
    HOST: '127.0.0.1',
    LOG_LEVEL: LOG_LEVELS.includes(logLevel) ? logLevel : 'info',
  };
}
