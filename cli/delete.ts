/** `npm run delete`: takes a lecture away from the server for good, with all that came of it. */
import './own-aws-settings.ts';
import { parseDeleteArguments, USAGE } from './delete/arguments.ts';
import { createKeptClient, requireOwnLecture } from './kept-guest.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';

async function main(progress: Progress, signal: AbortSignal): Promise<void> {
  const args = parseDeleteArguments(process.argv.slice(2));
  if (args === undefined) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const { lectureId, url } = args;
  const client = await createKeptClient(url, progress, signal);
  try {
    await requireOwnLecture(client, lectureId, signal);
    progress.step('Deleting the lecture');
    await client.deleteLecture(lectureId, signal);
  } finally {
    await client.close();
  }
  progress.line('Deleted, with its transcript and the conversation about it.');
}

await runCommand(main);
