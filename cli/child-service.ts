/** A service as a child process: started, known by the port it says it listens on, watched, stopped. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';

export interface ChildServiceOptions {
  name: string;
  /** Arguments of `node`: flags, then the entry file. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Receives every line the service prints. */
  log?: Writable;
  /** Until it must listen; 30 s unless told. */
  startTimeoutMs?: number;
  /** Ends a start that is under way; it has no meaning once the service listens. */
  signal?: AbortSignal | undefined;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last line on stderr: what the service said before it went. */
  lastWords: string;
}

/** A running child. Its first `listening` log line, `{"msg":"listening","port":n}`, told `port`. */
export interface ChildService {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** Resolves when the process has gone, for whatever reason. */
  readonly exited: Promise<ChildExit>;
  /** SIGTERM, then SIGKILL after `graceMs` (10 s unless told). May be called again while it works. */
  stop: (graceMs?: number) => Promise<ChildExit>;
}

/**
 * @throws Error with the service's own last words where it ends, or stays silent, before it listens; the signal's
 * reason, once the process has gone
 */
export async function startChildService(options: ChildServiceOptions): Promise<ChildService> {
  const { signal } = options;
  signal?.throwIfAborted();
  // A process group of its own: Ctrl-C reaches the parent alone, which stops its children in order. A pipe as stdin:
  // it closes when the parent dies, however it dies, and the child ends with it.
  const child = spawn(process.execPath, options.args, {
    env: { ...options.env, EXIT_WITH_STDIN: 'true' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let lastWords = '';
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, lastWords }));
  });
  let stopping = false;
  const stop = async (graceMs = 10_000): Promise<ChildExit> => {
    // A second signal would end the service at once.
    if (!stopping) child.kill('SIGTERM');
    stopping = true;
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  };
  const onAbort = (): void => void stop();
  signal?.addEventListener('abort', onAbort, { once: true });

  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.trim() !== '') lastWords = line;
    options.log?.write(`${line}\n`);
  });
  const port = await new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${options.name} did not start within ${(options.startTimeoutMs ?? 30_000) / 1000} s.`));
    }, options.startTimeoutMs ?? 30_000);
    createInterface({ input: child.stdout }).on('line', (line) => {
      options.log?.write(`${line}\n`);
      const listening = readListeningLine(line);
      if (listening === undefined) return;
      clearTimeout(timer);
      resolve(listening);
    });
    void exited.then(() => {
      clearTimeout(timer);
      if (signal?.aborted === true) reject(signal.reason as Error);
      reject(new Error(lastWords === '' ? `${options.name} ended before it could start.` : lastWords));
    });
  }).finally(() => signal?.removeEventListener('abort', onAbort));

  return { name: options.name, port, process: child, exited, stop };
}

function readListeningLine(line: string): number | undefined {
  if (!line.includes('"listening"')) return undefined;
  try {
    const { msg, port } = JSON.parse(line) as { msg?: unknown; port?: unknown };
    return msg === 'listening' && typeof port === 'number' ? port : undefined;
  } catch {
    return undefined;
  }
}
