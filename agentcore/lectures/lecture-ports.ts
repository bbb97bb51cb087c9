/** What ingestion needs from the world, as small interfaces. */
import type { LectureRequest } from '../../protocol/agent-api.ts';
import type { Transcript } from '../../protocol/items.ts';
import type { LectureEvent, LectureStatus } from '../../protocol/messages.ts';
import type { AbandonedWork } from '../storage/claim-record.ts';
import type { ClaimOutcome } from '../storage/claims.ts';
import type { TranscribedPiece } from './segments.ts';

/** Which process works on which lecture. Leases end by themselves when a process dies. */
export interface LectureClaims {
  /** Takes the lecture, or tells that it runs elsewhere, is done or deleted. `payload` is kept with the claim. */
  claim(identityId: string, lectureId: string, options: { payload: string }): Promise<ClaimOutcome>;
  /** Renews the lease until it is stopped. */
  keep(identityId: string, lectureId: string): { stop: () => void };
  /** The lecture is ready; it is not to be claimed again once its claim is released. */
  done(identityId: string, lectureId: string): Promise<unknown>;
  /** Leaves the lecture to whoever looks for abandoned ones. */
  abandon(identityId: string, lectureId: string): Promise<void>;
  /** Takes the claim away: the lecture is worked on again only if it is asked for. */
  release(identityId: string, lectureId: string): Promise<unknown>;
  /** Lectures that were claimed, are not done, and whose process has gone. */
  abandoned(): Promise<AbandonedWork[]>;
  /** Leaves one that nobody has begun alone until `until`, in epoch milliseconds. */
  postpone(work: AbandonedWork, until: number): Promise<void>;
}

export interface LectureUpdate {
  status: Extract<LectureStatus, 'transcribing' | 'ready' | 'rejected'>;
  /** Why it was rejected, or what is missing from a lecture that is ready. */
  statusReason?: string;
  durationSeconds?: number;
}

export interface LectureRecord {
  title: string;
  status: LectureStatus;
  /** What is spoken in it, where the student has told. */
  language?: string | undefined;
}

/** The lecture's item in the sessions table. */
export interface LectureRecords {
  /** `undefined` where the lecture was deleted. */
  find(identityId: string, lectureId: string): Promise<LectureRecord | undefined>;
  /** False where the lecture was deleted, which it stays. */
  update(identityId: string, lectureId: string, update: LectureUpdate): Promise<boolean>;
}

/** What has been heard of lectures that are in work, piece by piece: a crash loses none of it. */
export interface LecturePieces {
  /** How many there are of a lecture. */
  count(identityId: string, lectureId: string): Promise<number>;
  /** Those of a recording. */
  load(identityId: string, lectureId: string, recording: string): Promise<TranscribedPiece[]>;
  keep(identityId: string, lectureId: string, recording: string, piece: TranscribedPiece): Promise<void>;
}

export interface TranscriptWriter {
  write(identityId: string, transcript: Transcript): Promise<void>;
  remove(identityId: string, lectureId: string): Promise<void>;
}

/** Tells the student's connections; never fails. */
export type LectureNotifier = (request: LectureRequest, event: LectureEvent) => void;
