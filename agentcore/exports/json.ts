/** JSON for other programs: what is said and asked, with its times in seconds, and nothing of how it is kept. */
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

const format = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
