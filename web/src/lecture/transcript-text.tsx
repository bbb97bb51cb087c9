/** The sentences in order. The one that sounds is marked and kept in sight, until the reader scrolls away from it. */
import { computed, effect } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Segment } from '../../../protocol/items.ts';
import { clockTime } from '../ui/format-time.ts';
import type { Player } from './player.ts';
import { segmentAt } from './segment-at.ts';

export interface TranscriptTextProps {
  segments: readonly Segment[];
  player: Player;
  isHidden: boolean;
  onPlay: (seconds: number) => void;
}

export function TranscriptText({ segments, player, isHidden, onPlay }: TranscriptTextProps) {
  const list = useRef<HTMLOListElement>(null);
  const isFollowing = useRef(true);
  const [hasLeft, setLeft] = useState(false);
  const follow = (follows: boolean): void => {
    isFollowing.current = follows;
    setLeft(!follows);
  };

  // Marked by hand: a lecture has thousands of sentences, and they are not drawn anew for one of them.
  useEffect(() => {
    const current = computed(() => (player.time.value > 0 ? segmentAt(segments, player.time.value) : -1));
    let marked: Element | undefined;
    return effect(() => {
      marked?.removeAttribute('aria-current');
      marked = list.current?.children[current.value] ?? undefined;
      marked?.setAttribute('aria-current', 'true');
      if (marked !== undefined && player.playing.value && isFollowing.current) bringIntoSight(marked);
    });
  }, [segments, player]);

  const rows = useMemo(
    () =>
      segments.map(({ start, text }, i) => (
        <li key={i}>
          <button
            type="button"
            onClick={() => {
              follow(true);
              onPlay(start);
            }}
          >
            <span class="time">{clockTime(start)}</span>
            <span class="text">{text}</span>
          </button>
        </li>
      )),
    [segments],
  );
  return (
    <div class="reading" hidden={isHidden}>
      <ol
        ref={list}
        class="sentences"
        onWheel={() => player.playing.peek() && follow(false)}
        onTouchMove={() => player.playing.peek() && follow(false)}
      >
        {rows}
      </ol>
      {hasLeft && player.playing.value && (
        <button type="button" class="follow" onClick={() => follow(true)}>
          Follow the recording
        </button>
      )}
    </div>
  );
}

function bringIntoSight(element: Element): void {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const scroller = element.closest('.reading');
  // On a phone the transcript may not be the part that is shown.
  if (scroller === null || scroller.clientHeight === 0) return;
  element.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' });
}
