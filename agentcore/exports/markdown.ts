/** Markdown (CommonMark, and what GitHub adds), in which no text of a lecture or a model is markup. */
import type { ExportedConversation, ExportedLecture, ExportedTranscript, ExportedTurn } from './exported.ts';
import { linesOf, oneLine } from './plain-text.ts';
import { formatClock } from './timestamps.ts';

export function transcriptMarkdown(transcript: ExportedTranscript): string {
  const lines = transcript.segments.flatMap(({ start, text }) => {
    const said = escapeMarkdown(oneLine(text));
    return said === '' ? [] : [`${stamp(formatClock(start))} ${said}`];
  });
  return paragraphs([...heading(transcript), ...(lines.length === 0 ? ['Nothing was said.'] : lines)]);
}

export function conversationMarkdown(conversation: ExportedConversation): string {
  const { turns, totalTurns } = conversation;
  const forgotten = totalTurns - turns.length;
  return paragraphs([
    ...heading(conversation),
    ...(turns.length === 0 ? ['Nothing has been asked yet.'] : []),
    ...(turns.length > 0 && forgotten > 0 ? [`The ${turns.length} newest of ${totalTurns} questions.`] : []),
    ...turns.flatMap((turn, i) => turnMarkdown(turn, forgotten + i + 1)),
  ]);
}

function turnMarkdown({ question, answer, citations, turn }: ExportedTurn, number: number): string[] {
  const places = citations.map(
    ({ start, end, text, title }) =>
      `- ${named(title)}${stamp(`${formatClock(start)}–${formatClock(end)}`)} ${escapeMarkdown(oneLine(text))}`,
  );
  return [
    `## ${turn ?? number}. ${escapeMarkdown(oneLine(question))}`,
    ...linesOf(answer).map(escapeMarkdown),
    ...(places.length === 0 ? [] : [places.join('\n')]),
  ];
}

const heading = ({ title, durationSeconds }: ExportedLecture): string[] => [
  `# ${escapeMarkdown(oneLine(title))}`,
  ...(durationSeconds === undefined ? [] : [`Length: ${formatClock(durationSeconds)}`]),
];

/** The lecture that a place is in, where it may be one of several. */
const named = (title = ''): string => (title === '' ? '' : `${escapeMarkdown(oneLine(title))} `);

/** Not a link's text, whatever follows. */
const stamp = (clock: string): string => `\\[${clock}\\]`;
const paragraphs = (blocks: string[]): string => `${blocks.join('\n\n')}\n`;

/**
 * Text of one line that is shown as it stands. Any punctuation of ASCII may be escaped; what never is markup is left
 * alone, so that the source can be read too.
 * @see https://spec.commonmark.org/0.31.2/#backslash-escapes
 */
export function escapeMarkdown(line: string): string {
  return (
    line
      .replace(/[\\`*_[\]<>&|~$#@]/g, '\\$&')
      // Bare addresses, which GitHub makes links of.
      .replace(/:(?=\/\/)/g, '\\:')
      .replace(/\b(www)\./gi, '$1\\.')
      // What is markup at a line's beginning alone.
      .replace(/^[+=-]/, '\\$&')
      .replace(/^(\d{1,9})([.)])/, '$1\\$2')
  );
}
