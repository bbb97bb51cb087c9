/** Transcript or conversation in a format: the file's text, its type and its name. */
import type { ExportFormat } from '../../protocol/exports.ts';
import { conversationCues, transcriptCues } from './cues.ts';
import type { ExportedConversation, ExportedLecture, ExportedTranscript } from './exported.ts';
import { exportFileName } from './file-name.ts';
import { conversationJson, transcriptJson } from './json.ts';
import { conversationMarkdown, transcriptMarkdown } from './markdown.ts';
import { toSubRip } from './sub-rip.ts';
import { formatClock } from './timestamps.ts';
import { toWebVtt } from './web-vtt.ts';

export interface RenderedExport {
  text: string;
  contentType: string;
  fileName: string;
}

const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  vtt: 'text/vtt; charset=utf-8',
  srt: 'application/x-subrip; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

export function renderTranscript(transcript: ExportedTranscript, format: ExportFormat): RenderedExport {
  const render: Record<ExportFormat, () => string> = {
    vtt: () => toWebVtt(transcriptCues(transcript), [lectureNote(transcript)]),
    srt: () => toSubRip(transcriptCues(transcript)),
    md: () => transcriptMarkdown(transcript),
    json: () => transcriptJson(transcript),
  };
  const fileName = exportFileName(transcript.title, 'transcript', format);
  return { text: render[format](), contentType: CONTENT_TYPES[format], fileName };
}

export function renderConversation(conversation: ExportedConversation, format: ExportFormat): RenderedExport {
  const render: Record<ExportFormat, () => string> = {
    vtt: () => toWebVtt(conversationCues(conversation), conversationNotes(conversation)),
    srt: () => toSubRip(conversationCues(conversation)),
    md: () => conversationMarkdown(conversation),
    json: () => conversationJson(conversation),
  };
  const fileName = exportFileName(conversation.title, 'conversation', format);
  return { text: render[format](), contentType: CONTENT_TYPES[format], fileName };
}

const lectureNote = ({ title, durationSeconds }: ExportedLecture): string =>
  durationSeconds === undefined ? title : `${title} (${formatClock(durationSeconds)})`;

function conversationNotes(conversation: ExportedConversation): string[] {
  const placeless = conversation.turns.filter(({ citations }) => citations.length === 0).length;
  const left = placeless === 0 ? [] : [`Left out, since no place in the recording is cited: ${placeless}`];
  return [lectureNote(conversation), 'Questions and answers, where the recording speaks of them', ...left];
}
