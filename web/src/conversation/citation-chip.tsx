/** A place that an answer rests on: pressed, it plays. */
import type { Citation } from '../../../protocol/messages.ts';
import { clockTime } from '../ui/format-time.ts';
import { PlayIcon } from '../ui/icons.tsx';

export function CitationChip({ citation, onClick }: { citation: Citation; onClick: () => void }) {
  const { start, text, title } = citation;
  return (
    <button type="button" class="citation" onClick={onClick}>
      <span class="for-listeners">Play from </span>
      <span class="at">
        <PlayIcon />
        {clockTime(start)}
      </span>
      <span class="said">{title === undefined ? text : `${title}: ${text}`}</span>
    </button>
  );
}
