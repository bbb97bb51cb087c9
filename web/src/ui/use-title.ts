/** The window's title follows the screen. */
import { useEffect } from 'preact/hooks';

const NAME = 'SynapScribe';

export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? NAME : `${title} · ${NAME}`;
  }, [title]);
}
