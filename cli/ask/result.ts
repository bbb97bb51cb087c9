/** What `npm run ask` prints on stdout: the answer for a person, or one line of JSON. */
import type { Citation, Timings } from '../../protocol/messages.ts';
import { printable } from '../progress.ts';

export interface AskResult {
  queryId: string;
  lectureId: string;
  question: string;
  answer: string;
  citations: Citation[];
  /** Null where speech failed. */
  audio: { path: string; mime: string; seconds: number } | null;
  timings: Timings;
}

export function formatJson({ queryId, lectureId, question, answer, citations, audio, timings }: AskResult): string {
  const places = citations.map(({ start, end, text }) => ({ start, end, text }));
  return `${JSON.stringify({ queryId, lectureId, question, answer, citations: places, audio, timings })}\n`;
}

export function formatText({ answer, citations }: AskResult): string {
  const places = citations.map(
    ({ start, end, text }) => `  ${formatClock(start)}–${formatClock(end)}  ${printable(text)}`,
  );
  return `${[printable(answer), ...places].join('\n')}\n`;
}

/** `03:07`, `61:40`: minutes and seconds into the recording. */
export function formatClock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}
