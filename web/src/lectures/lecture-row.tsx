/** One lecture in the list: what it is called, how long it is, and how far it has come. */
import { useServices } from '../services.ts';
import { roughLength } from '../ui/format-time.ts';
import { CloseIcon } from '../ui/icons.tsx';
import { lectureLink } from '../ui/route.ts';
import { isInWork, type Lecture } from './lecture.ts';
import { statusWords } from './status-words.ts';

export function LectureRow({ lecture }: { lecture: Lecture }) {
  const { shelf } = useServices();
  const { lectureId, title, status, progress, durationSeconds, reason } = lecture;
  const works = status === 'uploading' || isInWork(lecture);
  return (
    <li class={`lecture-row ${status}`}>
      <a href={lectureLink(lectureId)}>
        <span class="lecture-title" dir="auto">
          {title}
        </span>
        <span class="lecture-meta">
          {durationSeconds !== undefined && <span>{roughLength(durationSeconds)}</span>}
          <span class="status">{statusWords(lecture)}</span>
        </span>
        {status === 'rejected' && reason !== undefined && <span class="lecture-reason">{reason}</span>}
      </a>
      {works && <progress aria-label={`${title}: ${statusWords(lecture)}`} max={1} value={progress} />}
      {(status === 'rejected' || status === 'interrupted') && (
        <button
          type="button"
          class="icon-only"
          aria-label={`Take “${title}” off the list`}
          onClick={({ currentTarget }) => {
            // The focus does not go with the row.
            const row = currentTarget.closest('li');
            const next = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector('a');
            (next ?? document.querySelector<HTMLElement>('main h1'))?.focus();
            shelf.remove(lectureId);
          }}
        >
          <CloseIcon />
        </button>
      )}
    </li>
  );
}
