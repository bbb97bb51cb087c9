/** Where a question is asked: by the button or the space bar, or typed. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { AskByVoice } from '../microphone/ask-by-voice.ts';
import { useServices } from '../services.ts';
import { announce } from '../ui/announce.tsx';
import { CloseIcon, SendIcon } from '../ui/icons.tsx';
import type { Conversation } from './conversation.ts';
import { MicrophoneButton } from './microphone-button.tsx';
import { MicrophoneHelp } from './microphone-help.tsx';
import { CUT_HINT, cutQuestion } from './question-text.ts';
import { QUESTION_FIELD, useSpaceToTalk } from './use-space-to-talk.ts';

export function AskDock({ conversation, language }: { conversation: Conversation; language: string | undefined }) {
  const { speech } = useServices();
  const [{ text, isCut }, setTyped] = useState(cutQuestion(''));
  const field = useRef<HTMLInputElement>(null);
  const wasInField = useRef(false);
  const voice = useMemo(
    () =>
      new AskByVoice({
        onPress: () => {
          wasInField.current = document.activeElement === field.current;
          speech.unlock();
          conversation.interrupt();
        },
        onQuestion: (wav) => conversation.ask({ wav, language }),
      }),
    [conversation, language, speech],
  );
  useEffect(() => () => voice.discard(), [voice]);
  useSpaceToTalk(voice, conversation);
  const state = voice.state.value;
  useEffect(() => {
    if (state === 'recording') announce('Recording.');
    // The field makes room for what is heard; who was in it comes back to it.
    if (state !== 'idle' || !wasInField.current) return;
    wasInField.current = false;
    field.current?.focus();
  }, [state]);

  const type = (field: HTMLInputElement): void => {
    const typed = cutQuestion(field.value);
    // The field is not drawn anew where it was full before.
    if (typed.isCut) field.value = typed.text;
    setTyped(typed);
    if (typed.isCut) announce(CUT_HINT);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    speech.unlock();
    conversation.ask({ text: text.trim(), language });
    setTyped(cutQuestion(''));
  };
  const problem = voice.problem.value;
  return (
    <div class="dock">
      {problem !== undefined && <MicrophoneHelp problem={problem} onClose={() => voice.dismissProblem()} />}
      {voice.hint.value !== undefined && (
        <p class="hint dock-hint" role="status">
          {voice.hint}
        </p>
      )}
      {isCut && <p class="hint dock-hint">{CUT_HINT}</p>}
      <form class={`ask ${state}`} onSubmit={submit}>
        <MicrophoneButton voice={voice} />
        {state === 'idle' ? (
          <>
            <input
              ref={field}
              class="ask-text"
              type="text"
              name={QUESTION_FIELD}
              aria-label="Type a question"
              placeholder="Hold to ask, or type"
              enterKeyHint="send"
              autoComplete="off"
              value={text}
              onInput={(event) => type(event.currentTarget)}
            />
            <button type="submit" class="icon-only send" aria-label="Ask" disabled={text.trim() === ''}>
              <SendIcon />
            </button>
          </>
        ) : (
          <>
            <Meter voice={voice} />
            <button
              type="button"
              class="icon-only"
              aria-label="Throw the recording away"
              onClick={() => voice.discard()}
            >
              <CloseIcon />
            </button>
          </>
        )}
      </form>
    </div>
  );
}

function Meter({ voice }: { voice: AskByVoice }) {
  const isOn = voice.state.value === 'recording';
  return (
    <p class="meter">
      <span>{isOn ? 'Listening. Let go, or press again, to ask.' : 'Opening the microphone…'}</span>
      <meter aria-label="Loudness" min={0} max={1} value={Math.min(1, Math.sqrt(voice.level.value))} />
    </p>
  );
}
