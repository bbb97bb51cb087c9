/** `npm run ask`: asks a recorded lecture one question and saves the spoken answer. */
import './own-aws-settings.ts';
import { parseAskArguments, USAGE } from './ask/arguments.ts';
import { withEmbeddedStack } from './ask/embedded-stack.ts';
import { ANSWERED, exitCodeOf, INTERRUPTED, sentenceOf } from './ask/exit-code.ts';
import { probeFile } from './ask/lecture-file.ts';
import { Progress } from './progress.ts';
import { formatJson, formatText } from './ask/result.ts';
import { runAsk } from './ask/run-ask.ts';

async function main(progress: Progress, signal: AbortSignal): Promise<void> {
  const args = await parseAskArguments(process.argv.slice(2));
  if (args === undefined) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  await probeFile(args.lecturePath, signal);
  const ask = (url: string) => runAsk(args, url, progress, signal);
  const result = args.url === undefined ? await withEmbeddedStack(progress, signal, ask) : await ask(args.url);
  progress.clear();
  process.stdout.write(args.json ? formatJson(result) : formatText(result));
  if (result.audio !== null && !args.json) progress.line(`Saved to ${result.audio.path}`);
}

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
  () => ANSWERED,
  (error: unknown) => {
    progress.line(interruption.signal.aborted ? 'Interrupted.' : sentenceOf(error));
    return interruption.signal.aborted ? INTERRUPTED : exitCodeOf(error);
  },
);
