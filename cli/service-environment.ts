/**
 * The environment that the embedded services start from: the caller's, so that each one's settings can be given to
 * `npm start`, but without what a shell holds for other programs under the same names.
 */
import { devNull } from 'node:os';

/** Our own, although it begins as the AWS SDK's do. */
const OWN: ReadonlySet<string> = new Set(['AWS_PORT']);
/** Of a model server: which one AgentCore asks, `modelEnvironment` says. */
const MODEL_SERVER: ReadonlySet<string> = new Set([
  'VLLM_API_KEY',
  ...['LLM_BASE_URL', 'LLM_MODEL', 'LLM_API_KEY', 'ASR_BASE_URL', 'ASR_MODEL', 'ASR_API_KEY', 'ASR_TOKENS_PER_SECOND'],
]);
/** What the embedded server calls its model. */
const EMBEDDED_MODEL = 'qwen-omni';
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
    ...Object.fromEntries(Object.entries(withoutAwsSettings(env)).filter(([name]) => !MODEL_SERVER.has(name))),
    // conda and csh name the machine so.
    HOST: '127.0.0.1',
    LOG_LEVEL: LOG_LEVELS.includes(logLevel) ? logLevel : 'info',
  };
}

/**
 * AgentCore's settings for its mind and ears. Both are the embedded server, as if the shell held nothing of the kind,
 * unless LLM_BASE_URL or ASR_BASE_URL names another for either. The ears stay embedded where only the mind is named:
 * most models cannot hear.
 * @param embeddedUrl an OpenAI-style base, `/v1` included
 */
export function modelEnvironment(env: NodeJS.ProcessEnv, embeddedUrl: string): NodeJS.ProcessEnv {
  const given = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const mind = given('LLM_BASE_URL');
  const ears = given('ASR_BASE_URL');
  const mindModel = mind === undefined ? undefined : given('LLM_MODEL');
  return {
    LLM_BASE_URL: mind ?? embeddedUrl,
    LLM_MODEL: mindModel,
    LLM_API_KEY: mind === undefined ? undefined : given('LLM_API_KEY'),
    ASR_BASE_URL: ears ?? embeddedUrl,
    ...(ears === undefined
      ? { ASR_MODEL: EMBEDDED_MODEL }
      : {
          ASR_MODEL: given('ASR_MODEL') ?? mindModel,
          ASR_API_KEY: given('ASR_API_KEY'),
          ASR_TOKENS_PER_SECOND: given('ASR_TOKENS_PER_SECOND'),
        }),
  };
}
