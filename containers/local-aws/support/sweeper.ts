/** Work that is done again and again, never twice at once. */
import type { Logger } from '../../../service-kit/logger.ts';

/** Runs `sweep` at once and then `intervalMs` after each run's end. @returns stops it, and waits for a running one */
export function startSweeper(intervalMs: number, log: Logger, sweep: () => Promise<void>): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const run = async (): Promise<void> => {
    await sweep().catch((error: unknown) => log.warn({ err: error }, 'a sweep failed'));
    if (!isStopped) timer = setTimeout(() => void (running = run()), intervalMs);
  };
  let running = run();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await running;
  };
}
