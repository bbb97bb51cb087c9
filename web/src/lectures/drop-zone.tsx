/** Takes recordings: dropped, chosen or, on a phone, from its files. */
import { useCallback, useRef, useState } from 'preact/hooks';
import { UploadIcon } from '../ui/icons.tsx';
import { useFileDrop } from '../ui/use-file-drop.ts';
import { LANGUAGES } from './languages.ts';

export function DropZone({ onFiles }: { onFiles: (files: readonly File[], language?: string) => void }) {
  const [language, setLanguage] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const take = useCallback(
    (files: readonly File[]) => onFiles(files, language === '' ? undefined : language),
    [onFiles, language],
  );
  const isOver = useFileDrop(take);
  return (
    <div class={isOver ? 'drop over' : 'drop'}>
      <UploadIcon />
      <p class="drop-call">
        <label class="button primary">
          Choose a recording
          <input
            ref={input}
            class="for-listeners"
            type="file"
            multiple
            accept="audio/*,.mp3,.m4a,.mp4,.wav,.webm,.ogg,.oga,.opus,.flac"
            aria-describedby="drop-hint"
            onChange={() => {
              const files = [...(input.current?.files ?? [])];
              if (files.length > 0) take(files);
              if (input.current !== null) input.current.value = '';
            }}
          />
        </label>
        <span class="drop-or">{isOver ? 'Let go to upload' : 'or drop it here'}</span>
      </p>
      <p id="drop-hint" class="hint">
        MP3, M4A, WAV, WebM, Ogg or FLAC, up to four hours and 2 GB
      </p>
      <p class="language">
        <label for="language">Spoken language</label>
        <select id="language" value={language} onChange={(event) => setLanguage(event.currentTarget.value)}>
          <option value="">Found out by itself</option>
          {LANGUAGES.map(({ tag, name }) => (
            <option key={tag} value={tag}>
              {name}
            </option>
          ))}
        </select>
      </p>
    </div>
  );
}
