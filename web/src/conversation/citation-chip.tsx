/** A place that an answer rests on: pressed, it plays. */
import type { Citation } from '../../../protocol/messages.ts';
import { clockTime, spokenTime } from '../ui/format-time.ts';
import { PlayIcon } from '../ui/icons.tsx';

export function CitationChip({ citation, onClick }: { citation: Citation; onClick: () => void }) {
  const { start, text, title } = citation;
  const where = title === undefined ? '' : ` of ${title}`;
  return (
    <button
      type="button"
      class="citation"
      aria-label={`Play from ${clockTime(start)}, ${spokenTime(start)}${where}: ${text}`}
      onClick={onClick}
    >
      <span class="at">
        <PlayIcon />
        {clockTime(start)}
      </span>
      <span class="said">{title === undefined ? text : `${title}: ${text}`}</span>
    </button>
  );
}
