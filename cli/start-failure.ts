/** Why `npm start` could not start, with what to do about it. */
import { dirname } from 'node:path';
import type { ServiceName } from '../scripts/build.ts';

export type PortSetting = 'PORT' | 'AWS_PORT' | 'AGENTCORE_PORT' | 'TTS_PORT' | 'VLLM_PORT';

const PORT_SETTINGS: Readonly<Record<ServiceName, readonly PortSetting[]>> = {
  'local-aws': ['PORT', 'AWS_PORT'],
  agentcore: ['AGENTCORE_PORT'],
  'gtts-proxy': ['TTS_PORT'],
  'vllm-cpu': ['VLLM_PORT'],
};

/** @param error a service's own words, such as `agentcore: Port 5000 is already in use.` */
export function explainStartFailure(error: unknown, ports: Readonly<Record<PortSetting, number>>): Error {
  const message = error instanceof Error ? error.message : String(error);
  const folder = /^local-aws: The database in (.+) is in use by another process\.$/.exec(message)?.[1];
  if (folder !== undefined) {
    // `<DATA_DIR>/data/dynamodb`
    const dataDir = dirname(dirname(folder));
    const remedy = 'Stop it, or set DATA_DIR to another folder and PORT and the others to free ports.';
    return new Error(`SynapScribe is running already on the data folder ${dataDir}. ${remedy}`, { cause: error });
  }
  const [, service, port] = /^([\w-]+): Port (\d+) is already in use\.$/.exec(message) ?? [];
  const names: readonly PortSetting[] = Object.entries(PORT_SETTINGS).find(([name]) => name === service)?.[1] ?? [];
  const name = names.find((setting) => ports[setting] === Number(port));
  return name === undefined
    ? new Error(message, { cause: error })
    : new Error(`${message} Set ${name} to another.`, { cause: error });
}
