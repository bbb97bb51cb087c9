/** The real engine: Moonshine hears recordings, the extractive answerer replies to text. */
import { setImmediate } from 'node:timers/promises';
import type { Engine, GenerationRequest } from './engine.ts';
import { splitTokens } from './engine.ts';
import { refuseLanguage } from './ears/language.ts';
import { transcribe } from './ears/transcribe.ts';
import { WorkerPool } from './ears/worker-pool.ts';
import { answer, hasLecture } from './mind/answer.ts';
import { tooBusy } from './openai/api-error.ts';

/** Requests taken on at once; each may hold 20 MB of samples. */
const MAX_REQUESTS = 64;

export interface LocalEngineOptions {
  /** The file that worker threads start with. */
  workerEntry: URL;
  modelDir: string;
  concurrency: number;
  onDeath: (error: Error) => void;
}

export async function createLocalEngine(options: LocalEngineOptions): Promise<Engine> {
  const pool = await WorkerPool.start({
    entry: options.workerEntry,
    modelDir: options.modelDir,
    workers: options.concurrency,
    onDeath: options.onDeath,
  });
  let running = 0;

  async function* heard(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<string> {
    for (const clip of request.clips) {
      yield* transcribe(clip, (samples, cancel) => pool.hear(samples, cancel), signal);
    }
  }

  async function* texts(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<string> {
    if (request.clips.length === 0) {
      yield answer(request.turns);
      return;
    }
    if (!hasLecture(request.turns)) {
      yield* heard(request, signal);
      return;
    }
    // A spoken question about the lecture in the prompt.
    const question: string[] = [];
    for await (const text of heard(request, signal)) question.push(text);
    yield answer([...request.turns.slice(0, -1), { role: 'user', text: question.join(' ') }]);
  }

  return {
    root: 'moonshine-tiny-int8+extractive-answerer',
    healthy: () => pool.alive,
    close: () => pool.close(),
    admit: ({ clips, turns }) => {
      const refusal = clips.length > 0 ? refuseLanguage(turns) : undefined;
      if (refusal !== undefined) return Promise.reject(refusal);
      return running < MAX_REQUESTS ? Promise.resolve() : Promise.reject(tooBusy());
    },
    generate: async function* (request, signal) {
      running++;
      try {
        let first = true;
        for await (const text of texts(request, signal)) {
          for (const token of splitTokens(first ? text : ` ${text}`)) {
            yield token;
            // Lets a client's leaving be seen between two tokens.
            await setImmediate(undefined, { signal });
          }
          first = false;
        }
      } finally {
        running--;
      }
    },
  };
}
