/**
 * The sentences in order. The one that sounds is marked and kept in sight, until the reader scrolls away from it. To the
 * Tab key they are one stop, for there are thousands; the arrow keys, Home and End move among them.
 */
import { computed, effect } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Segment } from '../../../protocol/items.ts';
import { clockTime } from '../ui/format-time.ts';
import type { Player } from './player.ts';
import { segmentAt } from './segment-at.ts';

export interface TranscriptTextProps {
  segments: readonly Segment[];
  player: Player;
  /** What is spoken, if it is known. */
  language: string | undefined;
  isHidden: boolean;
  onPlay: (seconds: number) => void;
}

export function TranscriptText({ segments, player, language, isHidden, onPlay }: TranscriptTextProps) {
  const list = useRef<HTMLOListElement>(null);
  const isFollowing = useRef(true);
  /** The sentence that the Tab key stops at: the one that had the focus last, or that sounds. */
  const stop = useRef<HTMLButtonElement>(null);
  const [hasLeft, setLeft] = useState(false);
  const follow = (follows: boolean): void => {
    isFollowing.current = follows;
    setLeft(!follows);
  };

  const stopAt = (button: HTMLButtonElement | null | undefined): void => {
    if (button === null || button === undefined) return;
    const before = stop.current ?? list.current?.querySelector('button');
    if (before !== null && before !== undefined) before.tabIndex = -1;
    button.tabIndex = 0;
    stop.current = button;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const row = document.activeElement?.closest('li');
    const moves: Record<string, Element | null | undefined> = {
      ArrowDown: row?.nextElementSibling,
      ArrowUp: row?.previousElementSibling,
      Home: list.current?.firstElementChild,
      End: list.current?.lastElementChild,
    };
    if (!(event.key in moves)) return;
    // The page does not scroll at the first sentence or the last, either.
    event.preventDefault();
    moves[event.key]?.querySelector('button')?.focus();
  };

  // Marked by hand: a lecture has thousands of sentences, and they are not drawn anew for one of them.
  useEffect(() => {
    const current = computed(() => (player.time.value > 0 ? segmentAt(segments, player.time.value) : -1));
    let marked: Element | undefined;
    return effect(() => {
      marked?.removeAttribute('aria-current');
      marked = list.current?.children[current.value] ?? undefined;
      marked?.setAttribute('aria-current', 'true');
      if (list.current?.contains(document.activeElement) === false) stopAt(marked?.querySelector('button'));
      if (marked !== undefined && player.playing.value && isFollowing.current) bringIntoSight(marked);
    });
  }, [segments, player]);

  const rows = useMemo(
    () =>
      segments.map(({ start, text }, i) => (
        <li key={i}>
          <button
            type="button"
            tabIndex={i === 0 ? 0 : -1}
            onClick={() => {
              follow(true);
              onPlay(start);
            }}
          >
            <span class="time">{clockTime(start)}</span>
            <span class="text" dir="auto" lang={language}>
              {text}
            </span>
          </button>
        </li>
      )),
    [segments, language],
  );
  return (
    <div class="reading" hidden={isHidden}>
      <ol
        ref={list}
        class="sentences"
        aria-label="Sentences. The arrow keys move among them."
        onFocusIn={({ target }) => target instanceof HTMLButtonElement && stopAt(target)}
        onKeyDown={onKeyDown}
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
