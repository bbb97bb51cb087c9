/** The button that is held, or pressed twice, to ask. */
import { useRef } from 'preact/hooks';
import type { AskByVoice } from '../microphone/ask-by-voice.ts';
import { MicrophoneIcon } from '../ui/icons.tsx';

/** A click that no hand or key has made, as a screen reader's, comes alone. */
const OWN_CLICK_MS = 1_000;

export function MicrophoneButton({ voice }: { voice: AskByVoice }) {
  const pressedAt = useRef(-Infinity);
  const isOn = voice.state.value !== 'idle';
  const press = (): void => {
    pressedAt.current = performance.now();
    voice.press();
  };
  const release = (): void => {
    pressedAt.current = performance.now();
    voice.release();
  };
  return (
    <button
      type="button"
      class="microphone"
      aria-label={isOn ? 'Send the question' : 'Ask by voice: hold, or press to begin and again to send'}
      aria-pressed={isOn}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        press();
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key !== ' ' && event.key !== 'Enter') return;
        event.preventDefault();
        event.stopPropagation();
        if (!event.repeat) press();
      }}
      onKeyUp={(event) => {
        if (event.key !== ' ' && event.key !== 'Enter') return;
        event.preventDefault();
        event.stopPropagation();
        release();
      }}
      onClick={() => {
        if (performance.now() - pressedAt.current > OWN_CLICK_MS) voice.press();
      }}
    >
      <MicrophoneIcon />
    </button>
  );
}
