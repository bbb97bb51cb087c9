/** The project's own recognizer as a process of its own: onnxruntime does not run inside jest. */
import { fileURLToPath } from 'node:url';
import { startChildService } from '../../cli/child-service.ts';
import { ensureModel } from '../../containers/vllm-cpu/model.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODEL_DIR = `${ROOT}.synapscribe/models/moonshine-tiny`;

export interface RecognizerProcess {
  /** An OpenAI-style base, `/v1` included. */
  baseUrl: string;
  stop: () => Promise<void>;
}

/** Fetches the model where it is not there yet. */
export async function startRecognizer(): Promise<RecognizerProcess> {
  await ensureModel({ dir: MODEL_DIR });
  const service = await startChildService({
    name: 'vllm-cpu',
    args: ['--import', 'tsx', `${ROOT}containers/vllm-cpu/main.ts`],
    env: { PATH: process.env['PATH'], PORT: '0', MODEL_DIR, LOG_LEVEL: 'info' },
    startTimeoutMs: 60_000,
  });
  return {
    baseUrl: `http://127.0.0.1:${service.port}/v1`,
    stop: async () => {
      await service.stop();
    },
  };
}
