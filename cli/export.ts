/** `npm run export`: a lecture's transcript, or the conversation about it, as a file. */
import './own-aws-settings.ts';
import { writeFile } from 'node:fs/promises';
import { UsageError } from './ask/usage-error.ts';
import { parseExportArguments, USAGE } from './export/arguments.ts';
import { runExport } from './export/run-export.ts';
import { createKeptClient } from './kept-guest.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';

async function main(progress: Progress, signal: AbortSignal): Promise<void> {
  const args = await parseExportArguments(process.argv.slice(2));
  if (args === undefined) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const { outPath, url } = args;
  const exported = await runExport(args, await createKeptClient(url, progress, signal), progress, signal);
  progress.clear();
  if (outPath === undefined) {
    process.stdout.write(exported);
    return;
  }
  await writeFile(outPath, exported).catch((error: unknown) => {
    throw new UsageError(`The export cannot be written to ${outPath}.`, { cause: error });
  });
  progress.line(`Saved to ${outPath}`);
}

await runCommand(main);
