/** Waiting for a lecture: by its events, and by its item where events are missed or the connection breaks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SynapscribeError } from '../protocol/errors.ts';
import type { SessionItem } from '../protocol/items.ts';
import type { LectureStatus } from '../protocol/messages.ts';
import { converse } from './client-converse.ts';
import type { ClientSocket } from './client-socket.ts';

export interface LectureProgress {
  status: LectureStatus;
  /** 0 to 1 within the status. */
  progress: number;
  message: string;
}

export interface WaitOptions {
  onProgress?: ((progress: LectureProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** How long events may stay out before the item is looked at; 3 s unless told. */
  pollMs?: number | undefined;
}

export interface LectureSources {
  /** The open connection, reopened where it broke. */
  connect: () => Promise<ClientSocket>;
  getSession: (signal: AbortSignal | undefined) => Promise<SessionItem | undefined>;
}

const DEFAULT_POLL_MS = 3_000;
/** Looking in vain so often in a row, both at the connection and at the item, is enough. */
const MAX_FAILURES = 20;

/**
 * Resolves once questions may be asked.
 * @throws SynapscribeError unsupported_audio with the reason, where the lecture is rejected; what keeps failing
 */
export async function waitForLecture(lectureId: string, sources: LectureSources, options: WaitOptions): Promise<void> {
  const { onProgress, signal, pollMs = DEFAULT_POLL_MS } = options;
  let failures = 0;
  for (;;) {
    signal?.throwIfAborted();
    try {
      // Listening begins before the item is read, so that nothing falls between.
      const socket = await sources.connect();
      const watched = watch(socket, lectureId, pollMs, options);
      watched.catch(() => undefined);
      const item = await sources.getSession(signal);
      const seen = settled(item) ?? (await watched);
      failures = 0;
      if (seen?.status === 'rejected') throw new SynapscribeError('unsupported_audio', seen.message);
      if (seen?.status === 'ready') {
        onProgress?.(seen);
        return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof SynapscribeError && error.code === 'unsupported_audio') throw error;
      if (++failures >= MAX_FAILURES) throw error;
      await sleep(pollMs, undefined, signal && { signal }).catch(() => undefined);
    }
  }
}

function settled(item: SessionItem | undefined): LectureProgress | undefined {
  if (item?.status !== 'ready' && item?.status !== 'rejected') return undefined;
  return { status: item.status, progress: 1, message: item.statusReason ?? 'The recording was rejected.' };
}

/** @returns the event that ends the wait; `null` where none came for `pollMs` */
function watch(
  socket: ClientSocket,
  lectureId: string,
  pollMs: number,
  { onProgress, signal }: WaitOptions,
): Promise<LectureProgress | null> {
  return converse<LectureProgress | null>(socket, {
    receive: ({ message }) => {
      if (message?.type !== 'lecture' || message.lectureId !== lectureId) return undefined;
      if (message.status === 'ready' || message.status === 'rejected') return message;
      onProgress?.(message);
      return undefined;
    },
    silenceMs: pollMs,
    onSilence: () => null,
    signal,
  });
}
