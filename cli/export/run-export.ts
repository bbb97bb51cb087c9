/** One export: asked for over the WebSocket, fetched by its link. */
import { SynapscribeError } from '../../protocol/errors.ts';
import { ALL_LECTURES } from '../../protocol/keys.ts';
import { withDeadline } from '../../service-kit/deadline.ts';
import type { SynapscribeClient } from '../client.ts';
import { requireOwnLecture } from '../kept-guest.ts';
import type { Progress } from '../progress.ts';
import type { ExportArguments } from './arguments.ts';

const FETCH_TIMEOUT_MS = 60_000;

/** Closes the client in the end. @throws SynapscribeError, UsageError; the signal's reason */
export async function runExport(
  { lectureId, what, format }: ExportArguments,
  client: SynapscribeClient,
  progress: Progress,
  signal: AbortSignal,
): Promise<Buffer> {
  try {
    progress.step(`Exporting the ${what}`);
    if (lectureId !== ALL_LECTURES) await requireOwnLecture(client, lectureId, signal);
    const { url } = await client.exportLecture({ lectureId, what, format }, signal);
    return await download(url, signal);
  } finally {
    await client.close();
  }
}

async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return await withDeadline(FETCH_TIMEOUT_MS, signal, async (limited) => {
      const response = await fetch(url, { signal: limited });
      if (!response.ok) throw new Error(`The storage answered ${response.status}.`);
      return Buffer.from(await response.arrayBuffer());
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new SynapscribeError(
      'agent_unavailable',
      'The export is written but could not be fetched. Please try again.',
      {
        cause: error,
      },
    );
  }
}
