/** A command from start to exit code: one sentence on stderr where it fails, and an orderly end on Ctrl-C. */
import { exitCodeOf, INTERRUPTED, sentenceOf, SUCCEEDED } from './ask/exit-code.ts';
import { Progress } from './progress.ts';

/** Sets the process's exit code. @param main ends, where the signal is aborted */
export async function runCommand(main: (progress: Progress, signal: AbortSignal) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second time, at once.
      if (interruption.signal.aborted) process.exit(INTERRUPTED);
      interruption.abort(new Error('Interrupted.'));
    });
  }
  const progress = new Progress(process.stderr);
  process.exitCode = await main(progress, interruption.signal).then(
    () => SUCCEEDED,
    (error: unknown) => {
      progress.line(interruption.signal.aborted ? 'Interrupted.' : sentenceOf(error));
      return interruption.signal.aborted ? INTERRUPTED : exitCodeOf(error);
    },
  );
}
