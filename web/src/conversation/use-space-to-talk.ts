/** The space bar held anywhere on the screen is the button held; Escape throws away what is recorded, or ends an answer. */
import { useEffect } from 'preact/hooks';
import type { AskByVoice } from '../microphone/ask-by-voice.ts';
import type { Conversation } from './conversation.ts';

/** Where the space bar has a meaning of its own. */
const OWN_SPACE = 'input, textarea, select, button, a, summary, [role="slider"], [contenteditable]';

export function useSpaceToTalk(voice: AskByVoice, conversation: Conversation): void {
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    let isHeld = false;
    addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'Escape') {
          if (voice.state.peek() !== 'idle') voice.discard();
          else conversation.interrupt();
          return;
        }
        if (event.key !== ' ' || hasOwnUse(event)) return;
        event.preventDefault();
        if (event.repeat || isHeld) return;
        isHeld = true;
        voice.press();
      },
      { signal },
    );
    addEventListener(
      'keyup',
      (event) => {
        if (event.key !== ' ' || !isHeld) return;
        isHeld = false;
        voice.release();
      },
      { signal },
    );
    // A key that is let go elsewhere is not told.
    addEventListener(
      'blur',
      () => {
        if (isHeld) voice.release();
        isHeld = false;
      },
      { signal },
    );
    return () => stop.abort();
  }, [voice, conversation]);
}

function hasOwnUse({ target, ctrlKey, altKey, metaKey, shiftKey }: KeyboardEvent): boolean {
  return ctrlKey || altKey || metaKey || shiftKey || (target instanceof Element && target.closest(OWN_SPACE) !== null);
}
