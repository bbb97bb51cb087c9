/**
 * Flite in a thread of its own, since it blocks. The thread runs this very file; where a bundler has put all of the
 * service into one file, it runs that one, and an entry point starts nothing unless `isMainThread`.
 */
import { isMainThread, parentPort, Worker, workerData, type MessagePort } from 'node:worker_threads';
import { SAMPLE_RATE } from '../engine.ts';
import { FliteProcess, type FliteJob } from './flite.ts';
import { resample } from '../../audio/resample.ts';
import { trimSilence } from '../silence.ts';

const ROLE = 'synapscribe-flite';

interface FliteWorkerData {
  role: typeof ROLE;
  module: WebAssembly.Module;
}

/** What the thread answers to a `FliteJob`: samples at `SAMPLE_RATE` without the silence around them, or why not. */
export type FliteReply = { samples: Float32Array } | { error: string };

/** A thread that cannot start says so by its `error` event. */
export function startFliteWorker(module: WebAssembly.Module): Worker {
  const file = import.meta.url;
  const data: FliteWorkerData = { role: ROLE, module };
  // The parent's flags are for the parent: a loader or a test runner's switches have no business here.
  const options = { workerData: data, execArgv: [] };
  return file.endsWith('.ts')
    ? new Worker(typescriptBootstrap(file), { ...options, eval: true })
    : new Worker(new URL(file), options);
}

/** Run from source. On Node 20 `--import tsx` does not reach threads, so the thread registers the loader itself. */
function typescriptBootstrap(file: string): string {
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  return `import(${loader}).then(({ register }) => { register(); return import(${JSON.stringify(file)}); });`;
}

function serve(port: MessagePort, module: WebAssembly.Module): void {
  let next = new FliteProcess(module);
  port.on('message', (job: FliteJob) => {
    try {
      const spoken = next.run(job);
      const samples = trimSilence(resample(spoken.samples, spoken.sampleRate, SAMPLE_RATE), SAMPLE_RATE);
      const reply: FliteReply = { samples };
      port.postMessage(reply, [samples.buffer as ArrayBuffer]);
    } catch (error) {
      const reply: FliteReply = { error: error instanceof Error ? error.message : String(error) };
      port.postMessage(reply);
    }
    next = new FliteProcess(module);
  });
}

function isFliteWorkerData(data: unknown): data is FliteWorkerData {
  return typeof data === 'object' && data !== null && 'role' in data && data.role === ROLE;
}

if (!isMainThread && parentPort !== null && isFliteWorkerData(workerData)) serve(parentPort, workerData.module);
