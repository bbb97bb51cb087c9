/** A button that takes another file in place of one that could not be used. */
import { useRef } from 'preact/hooks';
import { useServices } from '../services.ts';
import { HOME, lectureLink } from '../ui/route.ts';

export function UploadAgain({ label, again }: { label: string; again?: string }) {
  const { shelf } = useServices();
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="actions">
      <label class="button primary">
        {label}
        <input
          ref={input}
          class="for-listeners"
          type="file"
          accept="audio/*,.mp3,.m4a,.mp4,.wav,.webm,.ogg,.oga,.opus,.flac"
          onChange={() => {
            const file = input.current?.files?.[0];
            const lectureId = file === undefined ? undefined : shelf.upload(file, undefined, again);
            if (lectureId !== undefined) location.hash = lectureLink(lectureId);
          }}
        />
      </label>
      <a class="button" href={HOME}>
        To your lectures
      </a>
      {shelf.problem.value !== undefined && (
        <p class="trouble" role="alert">
          {shelf.problem}
        </p>
      )}
    </div>
  );
}
