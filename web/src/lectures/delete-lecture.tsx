/** The button that deletes a lecture. It asks first, but for one that was refused and is of no use. */
import { useRef, useState } from 'preact/hooks';
import { useServices } from '../services.ts';
import { announce } from '../ui/announce.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { focusTitle } from '../ui/focus-title.ts';
import { DeleteIcon } from '../ui/icons.tsx';
import type { Lecture } from './lecture.ts';

export function DeleteLecture({ lecture: { lectureId, title, status } }: { lecture: Lecture }) {
  const { shelf } = useServices();
  const button = useRef<HTMLButtonElement>(null);
  const [state, setState] = useState<'idle' | 'asking' | 'deleting'>('idle');

  const remove = async (): Promise<void> => {
    setState('deleting');
    const row = button.current?.closest('li');
    const neighbours = [row?.nextElementSibling, row?.previousElementSibling].map((one) => one?.querySelector('a'));
    const isGone = await shelf.remove(lectureId);
    setState('idle');
    if (!isGone) return;
    announce(`“${title}” is deleted.`);
    // The focus does not go with the row.
    const focused = document.activeElement;
    if (focused !== document.body && row?.contains(focused) !== true) return;
    const next = neighbours.find((one) => one?.isConnected);
    if (next) next.focus();
    else focusTitle();
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        class="icon-only"
        aria-label={`Delete “${title}”`}
        aria-busy={state === 'deleting'}
        onClick={() => {
          if (state !== 'idle') return;
          if (status === 'rejected') void remove();
          else setState('asking');
        }}
      >
        <DeleteIcon />
      </button>
      {state === 'asking' && (
        <ConfirmDialog
          title={`Delete “${title}”?`}
          action="Delete"
          otherwise="Keep it"
          onAnswer={(isConfirmed) => {
            setState('idle');
            if (isConfirmed) void remove();
          }}
        >
          The recording goes with its transcript and with the conversation about it. This cannot be undone.
        </ConfirmDialog>
      )}
    </>
  );
}
