/** One lecture from its recording to `ready` or `rejected`. */
import type { LimitFunction } from 'p-limit';
import { createHash } from 'node:crypto';
import { spoken } from '../../audio/decode.ts';
import type { TimeSpan } from '../../audio/silence.ts';
import type { LectureRequest } from '../../protocol/agent-api.ts';
import type { SynapscribeError } from '../../protocol/errors.ts';
import { toSynapscribeError } from '../../protocol/errors.ts';
import type { LectureStatus } from '../../protocol/messages.ts';
import type { Logger } from '../../service-kit/logger.ts';
import type { Recognizer } from '../engines/engines.ts';
import type {
  LectureNotifier,
  LecturePieces,
  LectureRecords,
  LectureUpdate,
  TranscriptWriter,
} from './lecture-ports.ts';
import { openLecture, type ObjectReader } from './lecture-source.ts';
import { withPatience, type Patience } from '../patience.ts';
import { ProgressThrottle } from './progress-events.ts';
import { transcribeLecture, type HeardPieces, type LectureTranscript } from './transcribe-lecture.ts';

export interface IngestDeps {
  records: LectureRecords;
  objects: ObjectReader;
  transcripts: TranscriptWriter;
  pieces: LecturePieces;
  /** Deletes all that there is of a lecture. */
  remove: (identityId: string, lectureId: string) => Promise<void>;
  notify: LectureNotifier;
  recognizer: Recognizer;
  log: Logger;
}

export interface IngestOptions {
  /** Longer recordings are rejected. */
  maxSeconds: number;
  /** See `TranscribeLectureOptions`. */
  maxPieceSeconds: number;
  /** With a recogniser that fails; hours unless told. */
  patience?: Patience;
  /** With a storage that fails; minutes unless told. */
  storagePatience?: Patience;
}

/** A model server may take minutes to load, a spot host an hour to come back. */
export const RECOGNIZER_PATIENCE: Patience = {
  firstBackoffMs: 500,
  maxBackoffMs: 30_000,
  giveUpMs: 6 * 3_600_000,
  attempts: 4,
};
const STORAGE_PATIENCE: Patience = { firstBackoffMs: 500, maxBackoffMs: 30_000, giveUpMs: 10 * 60_000, attempts: 4 };

/** Codes that are the recording's own fault. */
const RECORDING_FAULTS: ReadonlySet<string> = new Set(['unsupported_audio', 'audio_too_long', 'no_speech']);

export type IngestOutcome = 'ready' | 'rejected' | 'deleted';

/** Transcribes lectures; which, when and by whom is the runner's matter. */
export class LectureIngestion {
  readonly #deps: IngestDeps;
  readonly #options: IngestOptions;
  /** Of pieces in recognition, over all lectures. */
  readonly #limit: LimitFunction;
  readonly #signal: AbortSignal;

  constructor(deps: IngestDeps, options: IngestOptions, limit: LimitFunction, signal: AbortSignal) {
    this.#deps = deps;
    this.#options = options;
    this.#limit = limit;
    this.#signal = signal;
  }

  /**
   * Transcribes a lecture, stores the transcript and the status, and tells of both.
   * @throws what keeps it from ending now, but does not speak against the lecture; the signal's reason
   */
  async ingest(request: LectureRequest): Promise<IngestOutcome> {
    const { identityId, lectureId } = request;
    const record = await this.#storage(async () => await this.#deps.records.find(identityId, lectureId));
    // Ended already: the process died between the two records, or the validation refused it.
    if (record?.status === 'ready' || record?.status === 'rejected') return record.status;
    if (record === undefined || !(await this.#update(request, { status: 'transcribing' })))
      return this.#forget(request);
    this.#notify(request, 'transcribing', 0, 'Transcribing: 0 % done.');
    let transcript: LectureTranscript;
    try {
      transcript = await this.#transcribe(request, record.language);
    } catch (thrown) {
      this.#signal.throwIfAborted();
      if (thrown instanceof LectureDeleted) return this.#forget(request);
      const error = toSynapscribeError(thrown);
      this.#deps.log.warn({ lectureId, code: error.code, err: error }, 'lecture not transcribed');
      const reason = rejectionReason(error, record.status);
      if (reason === undefined) throw error;
      return await this.reject(request, reason);
    }
    return await this.#finish(request, record.title, transcript);
  }

  /** Ends a lecture with a reason that a student understands. */
  async reject(request: LectureRequest, reason: string): Promise<'rejected' | 'deleted'> {
    if (!(await this.#update(request, { status: 'rejected', statusReason: reason }))) return this.#forget(request);
    this.#notify(request, 'rejected', 1, reason);
    return 'rejected';
  }

  /** Takes away what has come of a lecture after it was deleted, such as an upload that was on its way. */
  async discard(request: LectureRequest): Promise<'deleted'> {
    const { identityId, lectureId } = request;
    await this.#storage(async () => await this.#deps.remove(identityId, lectureId));
    return this.#forget(request);
  }

  async #transcribe(request: LectureRequest, language: string | undefined): Promise<LectureTranscript> {
    const { objects, recognizer } = this.#deps;
    const signal = this.#signal;
    const progress = new ProgressThrottle(({ progress, message }) => {
      this.#notify(request, 'transcribing', progress, message);
    });
    const source = await this.#storage(async () => await openLecture(objects, request.key, signal));
    return await transcribeLecture(source, {
      recognizer,
      limit: this.#limit,
      maxSeconds: this.#options.maxSeconds,
      maxPieceSeconds: this.#options.maxPieceSeconds,
      language,
      heard: await this.#heardBefore(request, source.version),
      patience: this.#options.patience ?? RECOGNIZER_PATIENCE,
      signal,
      onProgress: (share) => progress.report(share),
    });
  }

  /** What an earlier run has heard of this very recording, on whatever host. */
  async #heardBefore({ identityId, lectureId, key }: LectureRequest, version: string): Promise<HeardPieces> {
    const { pieces } = this.#deps;
    const recording = createHash('sha256').update(`${key}\n${version}`).digest('hex').slice(0, 16);
    const known = await this.#storage(async () => await pieces.load(identityId, lectureId, recording));
    // A piece that another version of this program has cut otherwise is not found, and is heard again.
    const texts = new Map(known.map((piece) => [spanOf(piece), piece.text]));
    return {
      find: (span) => texts.get(spanOf(span)),
      keep: async (piece) => {
        // Hours of work are not done for nobody, and nothing is kept of what was deleted.
        if (!(await this.#isThere(identityId, lectureId))) throw new LectureDeleted();
        await this.#storage(async () => await pieces.keep(identityId, lectureId, recording, piece));
      },
    };
  }

  async #finish(request: LectureRequest, title: string, transcript: LectureTranscript): Promise<'ready' | 'deleted'> {
    const { identityId, lectureId, key } = request;
    const { durationSeconds, segments, truncated, waveform } = transcript;
    const { transcripts } = this.#deps;
    const recording = { key, waveform };
    const item = { version: 1 as const, lectureId, title, durationSeconds, segments, recording };
    if (!(await this.#isThere(identityId, lectureId))) return this.#forget(request);
    await this.#storage(async () => await transcripts.write(identityId, item));
    const statusReason = truncated ? `The recording breaks off after ${roughly(durationSeconds)}.` : undefined;
    if (!(await this.#update(request, { status: 'ready', durationSeconds, ...(statusReason && { statusReason }) }))) {
      // Deleted within a moment of the end.
      await this.#storage(async () => await transcripts.remove(identityId, lectureId));
      return this.#forget(request);
    }
    this.#notify(request, 'ready', 1, ['The lecture is ready for questions.', statusReason].filter(Boolean).join(' '));
    return 'ready';
  }

  /** Ends what is not there any more: whoever still looks at it learns so. */
  #forget(request: LectureRequest): 'deleted' {
    this.#notify(request, 'rejected', 1, 'The lecture was deleted.');
    return 'deleted';
  }

  async #isThere(identityId: string, lectureId: string): Promise<boolean> {
    return (await this.#storage(async () => await this.#deps.records.find(identityId, lectureId))) !== undefined;
  }

  async #update({ identityId, lectureId }: LectureRequest, update: LectureUpdate): Promise<boolean> {
    return await this.#storage(async () => await this.#deps.records.update(identityId, lectureId, update));
  }

  async #storage<T>(work: () => Promise<T>): Promise<T> {
    return await withPatience(work, this.#options.storagePatience ?? STORAGE_PATIENCE, this.#signal);
  }

  #notify(request: LectureRequest, status: LectureStatus, progress: number, message: string): void {
    this.#deps.notify(request, { type: 'lecture', lectureId: request.lectureId, status, progress, message });
  }
}

/** Thrown where a lecture's item has gone while it was being transcribed. */
class LectureDeleted extends Error {
  override name = 'LectureDeleted';
}

/** A length that nobody wants to the second. */
const roughly = (seconds: number): string =>
  spoken(seconds < 120 ? Math.max(1, Math.round(seconds)) : Math.round(seconds / 60) * 60);

const spanOf = ({ start, end }: TimeSpan): string => `${Math.round(start * 1000)}-${Math.round(end * 1000)}`;

/** Why a lecture is rejected for an error; `undefined` where a later try may succeed. */
function rejectionReason(error: SynapscribeError, status: LectureStatus): string | undefined {
  if (RECORDING_FAULTS.has(error.code)) return error.message;
  if (error.code === 'not_found' && status === 'uploaded')
    return 'The recording did not arrive. Please upload it again.';
  if (error.code === 'not_found') return 'The recording is no longer there. Please upload it again.';
  if (error.code === 'llm_unavailable' && !error.retryable) return 'The speech recognizer refused the recording.';
  return undefined;
}
