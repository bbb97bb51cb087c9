/** Where one begins: a place for a recording, and the lectures that are there. */
import { useCallback, useState } from 'preact/hooks';
import sampleUrl from '../../../samples/honey-lecture.mp3?url';
import { useServices } from '../services.ts';
import { announce } from '../ui/announce.tsx';
import { CloseIcon } from '../ui/icons.tsx';
import { ALL, lectureLink } from '../ui/route.ts';
import { useTitle } from '../ui/use-title.ts';
import { DropZone } from './drop-zone.tsx';
import { LectureRow } from './lecture-row.tsx';

const SAMPLE_NAME = 'How bees make honey.mp3';

export function HomeScreen() {
  useTitle(undefined);
  const { shelf } = useServices();
  const lectures = shelf.lectures.value;
  const [isFetching, setFetching] = useState(false);
  const open = useCallback(
    (files: readonly File[], language?: string) => {
      const sent = shelf.uploadAll(files, language);
      // Of several, the list shows how they come along.
      if (files.length > 1 && sent.length > 0) announce(`${sent.length} of ${files.length} files are being uploaded.`);
      else if (sent[0] !== undefined) location.hash = lectureLink(sent[0]);
    },
    [shelf],
  );
  const openSample = async (): Promise<void> => {
    setFetching(true);
    try {
      const response = await fetch(sampleUrl);
      open([new File([await response.blob()], SAMPLE_NAME, { type: 'audio/mpeg' })]);
    } finally {
      setFetching(false);
    }
  };

  const ready = lectures.filter(({ status }) => status === 'ready');
  return (
    <div class="home">
      <div class="welcome">
        <h1 tabIndex={-1}>Ask your lecture.</h1>
        <p class="lead">
          Drop a recording. Ask about it aloud, and hear the answer within a second, with the places in the recording
          that it rests on.
        </p>
        <DropZone onFiles={open} />
        {shelf.problem.value !== undefined && (
          <div class="trouble" role="alert">
            <p>{shelf.problem}</p>
            <button type="button" class="icon-only" aria-label="Dismiss" onClick={() => shelf.dismissProblem()}>
              <CloseIcon />
            </button>
          </div>
        )}
      </div>
      <section class="shelf" aria-labelledby="shelf-title">
        <div class="shelf-head">
          <h2 id="shelf-title">Your lectures</h2>
          {ready.length > 1 && (
            <a class="button small" href={ALL}>
              Ask all of them
            </a>
          )}
        </div>
        {lectures.length > 0 ? (
          <ul class="lectures">
            {lectures.map((lecture) => (
              <LectureRow key={lecture.lectureId} lecture={lecture} />
            ))}
          </ul>
        ) : (
          <div class="empty">
            <p>
              {shelf.loaded.value ? 'None yet. They are kept here for a week after your last question.' : 'Looking…'}
            </p>
            {shelf.loaded.value && (
              <p>
                No recording at hand?{' '}
                <button type="button" class="link" disabled={isFetching} onClick={() => void openSample()}>
                  Try “How bees make honey”
                </button>
                , three minutes.
              </p>
            )}
          </div>
        )}
      </section>
    </div>
  );
}
