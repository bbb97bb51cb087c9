/** What is told to those who cannot see it change. */
import { signal } from '@preact/signals';

const announcement = signal('');

/** Read out by a screen reader when it has finished its sentence. */
export function announce(text: string): void {
  // The same words once more are news too.
  announcement.value = announcement.peek() === text ? `${text}\u00a0` : text;
}

export function Announcer() {
  return (
    <p class="for-listeners" role="status" aria-live="polite">
      {announcement}
    </p>
  );
}
