/** What this browser keeps between visits, read as untrusted: other programs of this origin may have written it. */
import type * as z from 'zod';

const PREFIX = 'synapscribe.';

export interface Kept<T> {
  read: () => T;
  write: (value: T) => void;
  /** Another tab has written. */
  onChange: (listener: (value: T) => void) => void;
}

/** @param otherwise where nothing is kept, what is kept does not parse, or the browser keeps nothing */
export function kept<T>(name: string, schema: z.ZodType<T>, otherwise: T): Kept<T> {
  const key = PREFIX + name;
  const read = (): T => {
    try {
      const text = localStorage.getItem(key);
      if (text === null) return otherwise;
      const parsed = schema.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : otherwise;
    } catch {
      return otherwise;
    }
  };
  return {
    read,
    write: (value) => {
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // A private window may keep nothing: the page works on for this visit.
      }
    },
    onChange: (listener) =>
      addEventListener('storage', (event) => {
        if (event.key === key) listener(read());
      }),
  };
}
