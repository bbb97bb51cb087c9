/** One lecture in the list: what it is called, how long it is, and how far it has come. */
import { roughLength } from '../ui/format-time.ts';
import { lectureLink } from '../ui/route.ts';
import { DeleteLecture } from './delete-lecture.tsx';
import { isInWork, type Lecture } from './lecture.ts';
import { statusWords } from './status-words.ts';

export function LectureRow({ lecture }: { lecture: Lecture }) {
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
      <DeleteLecture lecture={lecture} />
      {works && <progress aria-label={`${title}: ${statusWords(lecture)}`} max={1} value={progress} />}
    </li>
  );
}
