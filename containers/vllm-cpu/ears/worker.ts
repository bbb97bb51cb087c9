/** The worker thread that listens: takes windows of speech one at a time, gives their text. */
import { parentPort, workerData } from 'node:worker_threads';
import llama from 'llama-tokenizer-js';
import { z } from 'zod';
import { loadMoonshine } from './moonshine.ts';

export interface WindowJob {
  id: number;
  /** 16 kHz mono; its memory moves to the worker. */
  samples: Float32Array;
  /** One 32-bit word: not 0 once nobody wants the text any more. */
  cancelled: SharedArrayBuffer;
}

export type WorkerMessage =
  | { type: 'ready' }
  | { type: 'text'; id: number; text: string; derailed: boolean }
  | { type: 'failed'; id: number; message: string };

const workerDataSchema = z.object({ modelDir: z.string(), threads: z.int().min(1) });
export type EarsWorkerData = z.infer<typeof workerDataSchema>;

/** Runs in the worker until its parent ends it. */
export async function serveEars(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('This part of the speech model runs in a worker thread only.');
  const { modelDir, threads } = workerDataSchema.parse(workerData);
  const model = await loadMoonshine(modelDir, threads);
  const tell = (message: WorkerMessage): void => port.postMessage(message);

  // The pool sends the next window only when it has the text of the last.
  port.on('message', ({ id, samples, cancelled }: WindowJob) => {
    const flag = new Int32Array(cancelled);
    model
      .decode(samples, () => Atomics.load(flag, 0) !== 0)
      .then(
        ({ tokens, derailed }) => tell({ type: 'text', id, text: llama.decode(tokens, false, false).trim(), derailed }),
        (error: unknown) =>
          tell({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) }),
      );
  });
  tell({ type: 'ready' });
}
