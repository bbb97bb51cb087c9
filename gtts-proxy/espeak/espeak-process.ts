/** One run of eSpeak NG: text in by stdin, a WAV out by stdout, killed with its listener. No shell, no file, no network. */
import { spawn } from 'node:child_process';
import { buffer, text as readText } from 'node:stream/consumers';
import { withDeadline } from '../../service-kit/deadline.ts';

export interface EspeakRun {
  /** The program. */
  path: string;
  args: readonly string[];
  input: string;
  signal: AbortSignal;
  /** After which the process is taken for hung; 10 s unless told. */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_MESSAGE = 300;

/**
 * What it wrote to stdout.
 * @throws Error where it cannot be started, fails or hangs; the signal's reason once it aborts
 */
export async function runEspeak(run: EspeakRun): Promise<Buffer> {
  const { signal, timeoutMs } = run;
  signal.throwIfAborted();
  try {
    return await withDeadline(timeoutMs ?? DEFAULT_TIMEOUT_MS, signal, (limited) => runUntil(limited, run));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function runUntil(signal: AbortSignal, { path, args, input }: EspeakRun): Promise<Buffer> {
  const child = spawn(path, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
    // Its voices' names are in UTF-8, and nothing else of ours is its business.
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // One that ends early reads not all of its input: its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [output, message, code] = await Promise.all([buffer(child.stdout), readText(child.stderr), ended]);
  if (code !== 0) throw new Error(`eSpeak NG ended with ${code}: ${message.trim().slice(0, MAX_MESSAGE)}`);
  return output;
}
