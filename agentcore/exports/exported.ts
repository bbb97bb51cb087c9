/** What is taken out, whatever the format: a lecture with what was said in it, or with what was asked about it. */
import type { Segment, Turn } from '../../protocol/items.ts';

export interface ExportedLecture {
  /** Or `*`, for all of them. */
  lectureId: string;
  title: string;
  /** None for all of them. */
  durationSeconds?: number;
}

export interface ExportedTranscript extends ExportedLecture {
  segments: readonly Segment[];
}

export type ExportedTurn = Pick<Turn, 'question' | 'answer' | 'citations' | 'askedAt' | 'turn'>;

export interface ExportedConversation extends ExportedLecture {
  /** The turns that are kept, oldest first. */
  turns: readonly ExportedTurn[];
  /** Of all, also those no longer kept. */
  totalTurns: number;
}
