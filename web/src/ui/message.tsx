/** A screen, or a part of one, that has something to say in place of what one came for. */
import type { ComponentChildren } from 'preact';
import { useTitle } from './use-title.ts';

export function Message({ title, children }: { title: string; children: ComponentChildren }) {
  useTitle(title);
  return (
    <section class="message">
      <h1 tabIndex={-1}>{title}</h1>
      {children}
    </section>
  );
}
