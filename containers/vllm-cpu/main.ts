/** Entry of the CPU stand-in for vLLM, and of its speech workers: a bundle of one file serves for both. */
import { isMainThread } from 'node:worker_threads';
import { runService } from '../../service-kit/service.ts';

if (isMainThread) {
  await runService('vllm-cpu', async () => {
    const [{ readSettings }, { settingsSchema }, { startVllmCpu }] = await Promise.all([
      import('../../service-kit/settings.ts'),
      import('./settings.ts'),
      import('./server.ts'),
    ]);
    return startVllmCpu(readSettings(settingsSchema), {
      workerEntry: new URL(import.meta.url),
      onDeath: (error) => {
        process.stderr.write(`vllm-cpu: the speech model failed: ${error.message}\n`);
        process.exit(1);
      },
    });
  });
} else {
  const { serveEars } = await import('./ears/worker.ts');
  await serveEars();
}
