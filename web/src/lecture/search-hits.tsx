/** Where in a lecture something is said. */
import { useEffect, useState } from 'preact/hooks';
import { toSynapscribeError } from '../../../protocol/errors.ts';
import type { SearchHit } from '../../../protocol/search.ts';
import { announce } from '../ui/announce.tsx';
import { clockTime } from '../ui/format-time.ts';
import type { OpenLecture } from './open-lecture.ts';

/** Of no typing, before a search is sent. */
const PAUSE_MS = 250;

export interface SearchHitsProps {
  lecture: OpenLecture;
  language: string | undefined;
  text: string;
  onPlay: (seconds: number) => void;
}

type Found = { text: string; hits: readonly SearchHit[] } | { text: string; problem: string };

export function SearchHits({ lecture, language, text, onPlay }: SearchHitsProps) {
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    let isWanted = true;
    const search = async (): Promise<void> => {
      try {
        const hits = await lecture.search(text);
        if (!isWanted) return;
        setFound({ text, hits: hits.toSorted((a, b) => a.start - b.start) });
        announce(countWords(hits.length));
      } catch (error) {
        if (isWanted) setFound({ text, problem: toSynapscribeError(error).message });
      }
    };
    const timer = setTimeout(() => void search(), PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [lecture, text]);

  if (found === undefined) return <p class="hint hits-count">Searching…</p>;
  if ('problem' in found) {
    return (
      <p class="trouble" role="alert">
        {found.problem}
      </p>
    );
  }
  return (
    <div class="hits">
      <p class="hint hits-count">{countWords(found.hits.length)}</p>
      <ol class="sentences">
        {found.hits.map(({ start, text: said }) => (
          <li key={start}>
            <button type="button" onClick={() => onPlay(start)}>
              <span class="time">{clockTime(start)}</span>
              <span class="text" dir="auto" lang={language}>
                {said}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

const countWords = (count: number): string =>
  count === 0 ? 'Not said in this lecture' : count === 1 ? 'Said in one place' : `Said in ${count} places`;
