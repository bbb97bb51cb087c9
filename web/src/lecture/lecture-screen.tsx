/** One lecture: on its way, refused, or ready to be asked. */
import { useServices } from '../services.ts';
import { isInWork, type Lecture } from '../lectures/lecture.ts';
import { Message } from '../ui/message.tsx';
import { HOME } from '../ui/route.ts';
import { useHandover } from '../ui/use-handover.ts';
import { ProgressPanel } from './progress-panel.tsx';
import { ReadyLecture } from './ready-lecture.tsx';
import { UploadAgain } from './upload-again.tsx';

export function LectureScreen({ lectureId, at }: { lectureId: string; at: number | undefined }) {
  const { shelf } = useServices();
  const lecture = shelf.lectures.value.find((one) => one.lectureId === lectureId);
  const isAwaited = lecture === undefined && !shelf.loaded.value;
  const part = lecture === undefined ? 'none' : partOf(lecture);
  useHandover(isAwaited ? 'awaited' : part, lecture && newsOf(lecture));
  if (lecture === undefined) return isAwaited ? <Message title="One moment…">{null}</Message> : <NotHere />;
  switch (part) {
    case 'ready':
      return <ReadyLecture lecture={lecture} at={at} />;
    case 'on its way':
      return <ProgressPanel lecture={lecture} />;
    default:
      return <NotUsable lecture={lecture} />;
  }
}

function partOf(lecture: Lecture): 'on its way' | 'ready' | 'not usable' {
  if (lecture.status === 'ready') return 'ready';
  return lecture.status === 'uploading' || isInWork(lecture) ? 'on its way' : 'not usable';
}

/** What is said when a lecture comes to its end; its way there the progress panel tells. */
function newsOf(lecture: Lecture): string | undefined {
  if (lecture.status === 'ready') return `Ready. You may ask about “${lecture.title}”.`;
  return partOf(lecture) === 'not usable' ? `${troubleTitle(lecture)}. ${troubleReason(lecture)}` : undefined;
}

function NotHere() {
  return (
    <Message title="This lecture is not here">
      <p>
        It was uploaded in another browser, deleted, or has ended: lectures are kept for a week after the last question.
      </p>
      <a class="button" href={HOME}>
        To your lectures
      </a>
    </Message>
  );
}

const troubleTitle = ({ status, title }: Lecture): string =>
  status === 'rejected' ? `“${title}” was refused` : `“${title}” has not arrived`;

const troubleReason = ({ status, reason }: Lecture): string =>
  reason ??
  (status === 'rejected'
    ? 'The recording could not be used.'
    : 'The upload was interrupted, or goes on in another tab.');

function NotUsable({ lecture }: { lecture: Lecture }) {
  return (
    <Message title={troubleTitle(lecture)}>
      <p class="reason">{troubleReason(lecture)}</p>
      {lecture.status === 'rejected' ? (
        <UploadAgain label="Choose another recording" />
      ) : (
        <UploadAgain label="Choose the file again" again={lecture.lectureId} />
      )}
    </Message>
  );
}
