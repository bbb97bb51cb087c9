/** One lecture: on its way, refused, or ready to be asked. */
import { useServices } from '../services.ts';
import { isInWork, type Lecture } from '../lectures/lecture.ts';
import { Message } from '../ui/message.tsx';
import { HOME } from '../ui/route.ts';
import { ProgressPanel } from './progress-panel.tsx';
import { ReadyLecture } from './ready-lecture.tsx';
import { UploadAgain } from './upload-again.tsx';

export function LectureScreen({ lectureId, at }: { lectureId: string; at: number | undefined }) {
  const { shelf } = useServices();
  const lecture = shelf.lectures.value.find((one) => one.lectureId === lectureId);
  if (lecture === undefined) return shelf.loaded.value ? <NotHere /> : <Message title="One moment…">{null}</Message>;
  if (lecture.status === 'ready') return <ReadyLecture lecture={lecture} at={at} />;
  if (lecture.status === 'uploading' || isInWork(lecture)) return <ProgressPanel lecture={lecture} />;
  return <NotUsable lecture={lecture} />;
}

function NotHere() {
  return (
    <Message title="This lecture is not here">
      <p>It was uploaded in another browser, or it has ended: lectures are kept for a week after the last question.</p>
      <a class="button" href={HOME}>
        To your lectures
      </a>
    </Message>
  );
}

function NotUsable({ lecture }: { lecture: Lecture }) {
  const { lectureId, status, title, reason } = lecture;
  if (status === 'rejected') {
    return (
      <Message title={`“${title}” was refused`}>
        <p class="reason">{reason ?? 'The recording could not be used.'}</p>
        <UploadAgain label="Choose another recording" />
      </Message>
    );
  }
  return (
    <Message title={`“${title}” has not arrived`}>
      <p class="reason">{reason ?? 'The upload was interrupted, or goes on in another tab.'}</p>
      <UploadAgain label="Choose the file again" again={lectureId} />
    </Message>
  );
}
