/** Worker threads that recognize windows of speech, so that the event loop stays free. First come, first served. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { EarsWorkerData, WindowJob, WorkerMessage } from './worker.ts';

export interface HeardWindow {
  text: string;
  derailed: boolean;
}

interface Waiting {
  samples: Float32Array;
  signal: AbortSignal;
  resolve: (heard: HeardWindow) => void;
  reject: (error: unknown) => void;
}

/** Node below 22 does not hand `--import tsx` on to workers: a TypeScript entry needs it registered first. */
function startWorker(entry: URL, workerData: EarsWorkerData): Worker {
  if (!entry.pathname.endsWith('.ts')) return new Worker(entry, { workerData });
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const code = `import(${tsx}).then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}); })`;
  return new Worker(code, { eval: true, workerData });
}

export interface WorkerPoolOptions {
  /** The file a worker starts with; it must call `serveEars` there. */
  entry: URL;
  modelDir: string;
  workers: number;
  /** A worker has gone; the pool hears nothing any more. */
  onDeath: (error: Error) => void;
}

export class WorkerPool {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: Waiting[] = [];
  #nextId = 0;
  #dead: Error | undefined;

  /** Resolves once every worker has loaded the model. */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    const pool = new WorkerPool();
    const threads = Math.max(1, Math.min(4, Math.floor(availableParallelism() / options.workers)));
    try {
      await Promise.all(
        Array.from({ length: options.workers }, async () => {
          const workerData: EarsWorkerData = { modelDir: options.modelDir, threads };
          const worker = startWorker(options.entry, workerData);
          pool.#workers.push(worker);
          await once(worker, 'message');
          worker.on('error', (error) => pool.#die(error, options.onDeath));
          worker.on('exit', () => pool.#die(new Error('A speech worker ended.'), options.onDeath));
          pool.#idle.push(worker);
        }),
      );
    } catch (error) {
      await pool.close();
      throw new Error(`The speech model could not be loaded: ${error instanceof Error ? error.message : ''}`, {
        cause: error,
      });
    }
    return pool;
  }

  get alive(): boolean {
    return this.#dead === undefined;
  }

  /**
   * @param samples 16 kHz mono, at most 30 s; left untouched
   * @throws AbortError at once when `signal` is aborted; the worker stops before its next step
   */
  hear(samples: Float32Array, signal: AbortSignal): Promise<HeardWindow> {
    return new Promise((resolve, reject) => {
      if (this.#dead) {
        reject(this.#dead);
        return;
      }
      signal.throwIfAborted();
      this.#waiting.push({ samples, signal, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#dead ??= new Error('The speech model is shut down.');
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #next(): void {
    const worker = this.#idle.pop();
    if (worker === undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) {
      this.#idle.push(worker);
      return;
    }
    if (job.signal.aborted) {
      this.#idle.push(worker);
      job.reject(job.signal.reason);
      this.#next();
      return;
    }
    this.#run(worker, job);
  }

  #run(worker: Worker, { samples, signal, resolve, reject }: Waiting): void {
    const id = this.#nextId++;
    const cancelled = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const cancel = (): void => {
      Atomics.store(new Int32Array(cancelled), 0, 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', cancel, { once: true });
    const onDeath = (): void => reject(this.#dead ?? new Error('A speech worker ended.'));
    const onMessage = (message: WorkerMessage): void => {
      if (message.type === 'ready' || message.id !== id) return;
      worker.off('message', onMessage);
      worker.off('exit', onDeath);
      signal.removeEventListener('abort', cancel);
      if (message.type === 'text') resolve(message);
      else reject(new Error(message.message));
      this.#idle.push(worker);
      this.#next();
    };
    worker.on('message', onMessage);
    worker.once('exit', onDeath);
    const job: WindowJob = { id, samples: samples.slice(), cancelled };
    worker.postMessage(job, [job.samples.buffer as ArrayBuffer]);
  }

  #die(error: Error, onDeath: (error: Error) => void): void {
    if (this.#dead) return;
    this.#dead = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    onDeath(error);
  }
}
