/** Asks before something that cannot be undone. Escape changes nothing; the focus goes back to where it came from. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { focusTitle } from './focus-title.ts';

export interface ConfirmDialogProps {
  title: string;
  children: ComponentChildren;
  /** What the button says that does it. */
  action: string;
  /** What the button says that does not. */
  otherwise: string;
  onAnswer: (isConfirmed: boolean) => void;
}

const CONFIRMED = 'confirmed';

export function ConfirmDialog({ title, children, action, otherwise, onAnswer }: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
    return () => {
      // Where what it was about has gone meanwhile, there is nothing to go back to.
      setTimeout(() => {
        if (document.activeElement === document.body) focusTitle();
      });
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onClose={({ currentTarget }) => onAnswer(currentTarget.returnValue === CONFIRMED)}
    >
      <form method="dialog">
        <h2 id={`${id}-title`} dir="auto">
          {title}
        </h2>
        <p id={`${id}-text`}>{children}</p>
        <div class="actions">
          <button type="submit">{otherwise}</button>
          <button type="submit" class="danger" value={CONFIRMED}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
