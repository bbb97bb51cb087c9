/** SRT, which has no standard: blocks of a number, a time and lines. What players take for markup is made harmless. */
import type { Cue } from './cues.ts';
import { formatTimestamp } from './timestamps.ts';

export function toSubRip(cues: readonly Cue[]): string {
  return cues
    .map(({ startMs, endMs, lines }, i) =>
      [
        String(i + 1),
        `${formatTimestamp(startMs, ',')} --> ${formatTimestamp(endMs, ',')}`,
        ...lines.map(defuse),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** There are no escapes: the arrow of a time, `<tags>` and `{\overrides}` are written with signs that look alike. */
const defuse = (text: string): string =>
  text
    .replaceAll('-->', '→')
    .replace(/<(?=[\p{L}/!?])/gu, '‹')
    .replace(/\{(?=\\)/g, '(');
