/** SynapScribe started for one question: its data in a folder of its own, gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';

/** Calls `work` with the stack's WebSocket address. @throws the signal's reason, also while the stack starts */
export async function withEmbeddedStack<T>(
  progress: Progress,
  signal: AbortSignal,
  work: (url: string) => Promise<T>,
): Promise<T> {
  progress.step('Starting SynapScribe');
  // Only here: with --url, none of the services' code is needed.
  const { startStack } = await import('../stack.ts');
  const dataDir = await mkdtemp(join(tmpdir(), 'synapscribe-ask-'));
  try {
    const stack = await startStack({
      dataDir,
      ports: 'free',
      page: false,
      signal,
      onModelProgress: ({ receivedBytes, totalBytes }) => {
        progress.step('Fetching the speech model (once)', receivedBytes / totalBytes);
      },
      onLine: (line) => progress.line(line),
    });
    try {
      return await work(stack.webSocketUrl);
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
