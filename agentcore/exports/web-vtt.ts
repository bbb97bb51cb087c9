/** WebVTT. @see https://www.w3.org/TR/webvtt1/ */
import type { Cue } from './cues.ts';
import { oneLine } from './plain-text.ts';
import { formatTimestamp } from './timestamps.ts';

/** @param notes comments at the head, a line each */
export function toWebVtt(cues: readonly Cue[], notes: readonly string[]): string {
  const blocks = cues.map(({ startMs, endMs, lines }) =>
    [`${formatTimestamp(startMs, '.')} --> ${formatTimestamp(endMs, '.')}`, ...lines.map(escape)].join('\n'),
  );
  return `${['WEBVTT', ...notes.map((note) => `NOTE ${comment(note)}`), ...blocks].join('\n\n')}\n`;
}

/** Without `>` there is no `-->`, which a payload must not hold. */
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Comments know no escapes. */
const comment = (text: string): string => oneLine(text).replaceAll('-->', '→');
