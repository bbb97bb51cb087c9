/**
 * JSON for other programs: what is said and asked, with its times in seconds, to the millisecond, and nothing of how it
 * is kept.
 */
import type { ExportedConversation, ExportedTranscript } from './exported.ts';

export function transcriptJson({ lectureId, title, durationSeconds, segments }: ExportedTranscript): string {
  const said = segments.map(({ start, end, text }) => ({ start, end, text }));
  return format({ lectureId, title, durationSeconds, segments: said });
}

export function conversationJson(conversation: ExportedConversation): string {
  const { lectureId, title, durationSeconds, totalTurns, turns } = conversation;
  const asked = turns.map(({ turn, askedAt, question, answer, citations }) => ({
    ...(turn !== undefined && { turn }),
    askedAt,
    question,
    answer,
    citations: citations.map(({ start, end, text, lectureId: of, title: name }) => ({
      ...{ start, end, text },
      ...(of !== undefined && { lectureId: of, title: name }),
    })),
  }));
  return format({ lectureId, title, durationSeconds, totalTurns, turns: asked });
}

const format = (value: object): string => `${JSON.stringify(value, toMilliseconds, 2)}\n`;

/** Sums of what recognizers and codecs tell have thirteen digits more than mean anything. */
const toMilliseconds = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
