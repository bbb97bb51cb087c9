/** `npm run ask`: asks a recorded lecture one question and saves the spoken answer. */
import './own-aws-settings.ts';
import { parseAskArguments, USAGE } from './ask/arguments.ts';
import { withEmbeddedStack } from './ask/embedded-stack.ts';
import { probeFile } from './ask/lecture-file.ts';
import { formatJson, formatText } from './ask/result.ts';
import { runAsk } from './ask/run-ask.ts';
import { SynapscribeClient } from './client.ts';
import { createKeptClient } from './kept-guest.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';

async function main(progress: Progress, signal: AbortSignal): Promise<void> {
  const args = await parseAskArguments(process.argv.slice(2));
  if (args === undefined) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  if ('path' in args.lecture) await probeFile(args.lecture.path, signal);
  const ask = async (client: SynapscribeClient) => await runAsk(args, client, progress, signal);
  // A stack for one question knows nobody, and is not asked again.
  const result =
    args.url === undefined
      ? await withEmbeddedStack(
          progress,
          signal,
          async (url) => await ask(await SynapscribeClient.create(url, { signal })),
        )
      : await ask(await createKeptClient(args.url, progress, signal));
  progress.clear();
  process.stdout.write(args.json ? formatJson(result) : formatText(result));
  if (result.audio !== null && !args.json) progress.line(`Saved to ${result.audio.path}`);
}

await runCommand(main);
