/**
 * Which lectures this browser has uploaded. A guest may read each of its lectures and list none, so the page keeps their
 * ids beside its identity: whoever has lost the one has lost the other.
 */
import * as z from 'zod';
import { idSchema } from '../../../protocol/keys.ts';
import { MAX_TITLE_CHARS } from '../../../protocol/lecture-name.ts';

export const keptLectureSchema = z.object({
  lectureId: idSchema,
  title: z.string().max(MAX_TITLE_CHARS),
  /** Whether the whole file has been sent. */
  sent: z.boolean(),
});
export const keptLecturesSchema = z.array(keptLectureSchema).max(500);

export type KeptLecture = z.infer<typeof keptLectureSchema>;

/** The newest first. */
export const withLecture = (list: readonly KeptLecture[], lecture: KeptLecture): KeptLecture[] =>
  [lecture, ...list.filter(({ lectureId }) => lectureId !== lecture.lectureId)].slice(0, 500);

export const withoutLecture = (list: readonly KeptLecture[], lectureId: string): KeptLecture[] =>
  list.filter((lecture) => lecture.lectureId !== lectureId);

export const withSent = (list: readonly KeptLecture[], lectureId: string): KeptLecture[] =>
  list.map((lecture) => (lecture.lectureId === lectureId ? { ...lecture, sent: true } : lecture));
