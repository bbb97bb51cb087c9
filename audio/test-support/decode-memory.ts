/** What decoding costs in memory: run as a process of its own, as the most a process ever held cannot be reset. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface DecodeMemory {
  /** The most the process held while decoding, beyond what it held before, in MB. */
  megabytes: number;
  /** Decoded, in seconds. */
  seconds: number;
  /** The code and sentence it ended with; empty where all was decoded. */
  error: string;
}

const main = fileURLToPath(import.meta.resolve('./decode-memory-main.ts'));

export async function decodeMemory(file: Uint8Array, maxSeconds: number): Promise<DecodeMemory> {
  const child = spawn(process.execPath, ['--import', 'tsx', main, String(maxSeconds)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(file);
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return JSON.parse(printed) as DecodeMemory;
}
