/** The space bar held anywhere on the screen is the button held; Escape throws away what is recorded, or ends an answer. */
import { useEffect } from 'preact/hooks';
import type { AskByVoice } from '../microphone/ask-by-voice.ts';
import type { Conversation } from './conversation.ts';

/** The name of the field where a question is typed. */
export const QUESTION_FIELD = 'question';

/** Where the space bar writes a space, or has another meaning of its own. */
const OWN_SPACE = 'input, textarea, select, [role="slider"], [contenteditable]';
/** Where it presses, for those who have come by keyboard: whoever has clicked there has done with it. */
const PRESSED_BY_SPACE = 'button, a, summary';

export function useSpaceToTalk(voice: AskByVoice, conversation: Conversation): void {
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    let isHeld = false;
    // Asked as the focus comes: from the first key on, what was clicked is `:focus-visible` too.
    let reachedByKey = document.activeElement?.matches(':focus-visible') === true;
    addEventListener(
      'focusin',
      ({ target }) => void (reachedByKey = target instanceof Element && target.matches(':focus-visible')),
      { signal },
    );
    // What has the focus already and is clicked does not get it anew.
    addEventListener('pointerdown', () => void (reachedByKey = false), { signal, capture: true });
    addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'Escape') {
          if (voice.state.peek() !== 'idle') voice.discard();
          else conversation.interrupt();
          return;
        }
        if (event.key !== ' ' || hasOwnUse(event, reachedByKey)) return;
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
        // Firefox presses a button as the key is let go.
        event.preventDefault();
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

function hasOwnUse(event: KeyboardEvent, reachedByKey: boolean): boolean {
  const { target, isComposing, ctrlKey, altKey, metaKey, shiftKey } = event;
  if (isComposing || ctrlKey || altKey || metaKey || shiftKey) return true;
  if (!(target instanceof Element) || isEmptyQuestion(target)) return false;
  return target.closest(OWN_SPACE) !== null || (reachedByKey && target.closest(PRESSED_BY_SPACE) !== null);
}

/** No question begins with a space. */
const isEmptyQuestion = (target: Element): boolean =>
  target instanceof HTMLInputElement && target.name === QUESTION_FIELD && target.value === '';
