/** The client as the guest that it was before, on a server that it has used: its lectures are there again. */
import { SynapscribeClient } from './client.ts';
import { UsageError } from './ask/usage-error.ts';
import { GuestFile } from './guest-file.ts';
import type { Progress } from './progress.ts';

/** Cognito's words for an identity that is not, or no longer, of its pool. */
const UNKNOWN_IDENTITY: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'NotAuthorizedException',
  'InvalidParameterException',
]);

/** @throws SynapscribeError agent_unavailable where nothing answers at `url` */
export async function createKeptClient(
  url: string,
  progress: Progress,
  signal: AbortSignal,
  guests = new GuestFile(),
): Promise<SynapscribeClient> {
  const known = await guests.find(url);
  if (known !== undefined) {
    const client = await SynapscribeClient.create(url, { identityId: known, signal });
    if (await isStillKnown(client)) return client;
  }
  const { identityId, kept } = await guests.renew(url, known, async () => {
    const guest = await SynapscribeClient.create(url, { signal });
    await guest.close();
    return guest.identityId;
  });
  if (!kept) progress.line('Who asked could not be noted: this lecture cannot be asked about again.');
  return await SynapscribeClient.create(url, { identityId, signal });
}

async function isStillKnown(client: SynapscribeClient): Promise<boolean> {
  try {
    await client.guest.credentials();
    return true;
  } catch (error) {
    await client.close();
    if (error instanceof Error && UNKNOWN_IDENTITY.has(error.name)) return false;
    throw error;
  }
}

/** @throws UsageError where it is not, or no longer, this guest's */
export async function requireOwnLecture(
  client: SynapscribeClient,
  lectureId: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await client.guest.getSession(lectureId, signal)) !== undefined) return;
  throw new UsageError(`There is no lecture ${lectureId} of yours at ${client.settings.webSocketUrl}.`);
}
