/** Waiting for a lecture: by its events, and by its item where events are missed or the connection breaks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SynapscribeError } from '../protocol/errors.ts';
import type { SessionItem } from '../protocol/items.ts';
import type { LectureStatus } from '../protocol/messages.ts';
import { untilAborted } from '../service-kit/until-aborted.ts';
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
  /** How long neither an event nor the item may show that the work goes on; 10 minutes unless told. */
  silenceMs?: number | undefined;
}

export interface LectureSources {
  /** The open connection, reopened where it broke. */
  connect: () => Promise<ClientSocket>;
  getSession: (signal: AbortSignal | undefined) => Promise<SessionItem | undefined>;
}

const DEFAULT_POLL_MS = 3_000;
/** A lecture may have to wait for its turn, of which nobody tells. */
const DEFAULT_SILENCE_MS = 10 * 60_000;
/** Looking in vain so often in a row, at the connection or at the item, is enough. */
const MAX_FAILURES = 20;
const SILENT = 'SynapScribe has fallen silent about this lecture. Please try again later.';

/**
 * Resolves once questions may be asked.
 * @throws SynapscribeError unsupported_audio with the reason, where the lecture is rejected; agent_unavailable where
 * there is no sign of life for `silenceMs`; what keeps failing
 */
export async function waitForLecture(lectureId: string, sources: LectureSources, options: WaitOptions): Promise<void> {
  const silence = new Silence(options.silenceMs ?? DEFAULT_SILENCE_MS);
  const signal = options.signal === undefined ? silence.signal : AbortSignal.any([options.signal, silence.signal]);
  try {
    await untilSettled(lectureId, sources, { ...options, signal }, () => silence.break());
  } finally {
    silence.end();
  }
}

async function untilSettled(
  lectureId: string,
  sources: LectureSources,
  options: WaitOptions & { signal: AbortSignal },
  onSignOfLife: () => void,
): Promise<void> {
  const { onProgress, signal, pollMs = DEFAULT_POLL_MS } = options;
  let lastState = '';
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      // Listening begins before the item is read, so that nothing falls between.
      const socket = await untilAborted(sources.connect(), signal);
      const watched = watch(socket, lectureId, pollMs, {
        signal,
        onProgress: (progress) => {
          onSignOfLife();
          onProgress?.(progress);
        },
      });
      watched.catch(() => undefined);
      const item = await untilAborted(sources.getSession(signal), signal);
      const state = `${item?.status} ${item?.updatedAt}`;
      if (state !== lastState) onSignOfLife();
      lastState = state;
      const seen = settled(item) ?? (await watched);
      failures = 0;
      if (seen?.status === 'rejected') throw new SynapscribeError('unsupported_audio', seen.message);
      if (seen?.status === 'ready') {
        onProgress?.(seen);
        return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SynapscribeError && error.code === 'unsupported_audio') throw error;
      if (++failures >= MAX_FAILURES) throw error;
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Aborts its signal where it is not broken for `ms`. */
class Silence {
  readonly #ms: number;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
    this.break();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  break(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(new SynapscribeError('agent_unavailable', SILENT)), this.#ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function settled(item: SessionItem | undefined): LectureProgress | undefined {
  if (item?.status === 'ready') {
    const message = ['The lecture is ready for questions.', item.statusReason].filter(Boolean).join(' ');
    return { status: 'ready', progress: 1, message };
  }
  if (item?.status !== 'rejected') return undefined;
  return { status: 'rejected', progress: 1, message: item.statusReason ?? 'The recording was rejected.' };
}

/** @returns the event that ends the wait; `null` where none came for `pollMs` */
function watch(
  socket: ClientSocket,
  lectureId: string,
  pollMs: number,
  { onProgress, signal }: Pick<WaitOptions, 'onProgress' | 'signal'>,
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
