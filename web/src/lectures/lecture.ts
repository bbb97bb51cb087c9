/** A lecture as the page shows it, from what is kept of it and from what is told. */
import type { SessionItem } from '../../../protocol/items.ts';
import type { LectureEvent, LectureStatus } from '../../../protocol/messages.ts';

/** `interrupted`: announced, but its file has not come, and nobody here sends it. */
export type ShownStatus = 'uploading' | 'interrupted' | LectureStatus;

export interface Lecture {
  lectureId: string;
  title: string;
  status: ShownStatus;
  /** 0 to 1 within the status. */
  progress: number;
  /** Why it was rejected, or what is missing from it. */
  reason: string | undefined;
  durationSeconds: number | undefined;
  language: string | undefined;
}

export const isInWork = ({ status }: Lecture): boolean =>
  status === 'uploaded' || status === 'validating' || status === 'transcribing';

const ORDER: readonly ShownStatus[] = ['interrupted', 'uploading', 'uploaded', 'validating', 'transcribing'];

/** @param uploading whether this tab is sending the file @param sent whether the whole file was sent from this browser */
export function fromSession(
  session: SessionItem,
  shown: Lecture | undefined,
  { uploading, sent }: { uploading: boolean; sent: boolean },
): Lecture {
  const { lectureId, title, statusReason: reason, durationSeconds, language } = session;
  const waits = session.status === 'uploaded';
  const status = waits && uploading ? 'uploading' : waits && !sent ? 'interrupted' : session.status;
  const progress = shown?.status === status ? shown.progress : 0;
  return { lectureId, title, status, progress, reason, durationSeconds, language };
}

/** What an event tells. One that was overtaken tells nothing: a lecture does not go back. */
export function withEvent(lecture: Lecture, { status, progress, message }: LectureEvent): Lecture {
  const before = ORDER.indexOf(lecture.status);
  const after = ORDER.indexOf(status);
  if (before === -1 || (after !== -1 && after < before)) return lecture;
  const isBack = status === lecture.status && progress < lecture.progress;
  const reason = status === 'rejected' ? message : lecture.reason;
  return { ...lecture, status, reason, progress: isBack ? lecture.progress : progress };
}
