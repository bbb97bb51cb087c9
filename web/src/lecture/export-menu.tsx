/** Takes the transcript or the conversation out, as a file. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { toSynapscribeError } from '../../../protocol/errors.ts';
import type { ExportFormat, ExportWhat } from '../../../protocol/exports.ts';
import { announce } from '../ui/announce.tsx';
import type { OpenLecture } from './open-lecture.ts';

const WHAT: readonly { what: ExportWhat; name: string }[] = [
  { what: 'transcript', name: 'Transcript' },
  { what: 'conversation', name: 'Conversation' },
];
const FORMATS: readonly { format: ExportFormat; name: string }[] = [
  { format: 'md', name: 'Markdown' },
  { format: 'vtt', name: 'WebVTT' },
  { format: 'srt', name: 'SRT' },
  { format: 'json', name: 'JSON' },
];

export function ExportMenu({ lecture }: { lecture: OpenLecture }) {
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<string>();
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    menu.current?.querySelector('button')?.focus();
    const close = (event: Event): void => {
      if (event instanceof KeyboardEvent && event.key !== 'Escape') return;
      if (event instanceof PointerEvent && menu.current?.parentElement?.contains(event.target as Node) === true) return;
      setOpen(false);
      if (event instanceof KeyboardEvent) button.current?.focus();
    };
    addEventListener('keydown', close);
    addEventListener('pointerdown', close);
    return () => {
      removeEventListener('keydown', close);
      removeEventListener('pointerdown', close);
    };
  }, [isOpen]);

  const save = async (what: ExportWhat, format: ExportFormat): Promise<void> => {
    setProblem(undefined);
    try {
      const link = document.createElement('a');
      link.href = await lecture.exportLink(what, format);
      // The server names it, after the lecture.
      link.download = '';
      link.click();
      announce('The file is being saved.');
      setOpen(false);
      button.current?.focus();
    } catch (error) {
      setProblem(toSynapscribeError(error).message);
    }
  };

  return (
    <div class="export">
      <button
        ref={button}
        type="button"
        class="quiet"
        aria-expanded={isOpen}
        aria-controls="export-menu"
        onClick={() => setOpen(!isOpen)}
      >
        Export
      </button>
      <div ref={menu} id="export-menu" class="menu" hidden={!isOpen}>
        {WHAT.map(({ what, name }) => (
          <div key={what} role="group" aria-label={name}>
            <p aria-hidden="true">{name}</p>
            {FORMATS.map(({ format, name: formatName }) => (
              <button
                key={format}
                type="button"
                aria-label={`${name} as ${formatName}`}
                onClick={() => void save(what, format)}
              >
                {formatName}
              </button>
            ))}
          </div>
        ))}
        {problem !== undefined && (
          <p class="trouble" role="alert">
            {problem}
          </p>
        )}
      </div>
    </div>
  );
}
