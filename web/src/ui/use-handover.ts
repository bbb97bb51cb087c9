/** When one part of a screen takes another's place by itself, those who cannot see it are told, and keep their place. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { announce } from './announce.tsx';
import { focusTitle } from './focus-title.ts';

/**
 * @param part what is shown; when it changes, the focus that goes with the old part goes to the new heading
 * @param news what is said of the change, if anything
 */
export function useHandover(part: string, news: string | undefined): void {
  const before = useRef(part);
  // Looked at while the old part is still there.
  const focused = document.activeElement;
  useLayoutEffect(() => {
    if (before.current === part) return;
    before.current = part;
    if (focused?.isConnected === false) focusTitle();
    if (news !== undefined) announce(news);
  }, [part]);
}
