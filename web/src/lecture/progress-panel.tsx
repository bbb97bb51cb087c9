/** A lecture on its way: sent, checked, transcribed. One may leave it; it goes on. */
import { useEffect } from 'preact/hooks';
import type { Lecture, ShownStatus } from '../lectures/lecture.ts';
import { statusWords } from '../lectures/status-words.ts';
import { announce } from '../ui/announce.tsx';
import { HOME } from '../ui/route.ts';
import { useTitle } from '../ui/use-title.ts';

const STEPS: readonly { name: string; statuses: readonly ShownStatus[] }[] = [
  { name: 'Upload', statuses: ['uploading'] },
  { name: 'Check that it is a recording', statuses: ['uploaded', 'validating'] },
  { name: 'Transcribe what is said', statuses: ['transcribing'] },
];

export function ProgressPanel({ lecture }: { lecture: Lecture }) {
  const { title, status, progress } = lecture;
  useTitle(`${title}: ${statusWords(lecture)}`);
  useEffect(() => announce(statusWords({ status, progress: 0 }).replace(/, 0 %$/, '')), [status]);
  const present = STEPS.findIndex(({ statuses }) => statuses.includes(status));
  return (
    <section class="message">
      <h1 tabIndex={-1} dir="auto">
        {title}
      </h1>
      <ol class="steps">
        {STEPS.map(({ name }, i) => (
          <li
            key={name}
            class={i < present ? 'over' : i === present ? 'present' : 'ahead'}
            aria-current={i === present ? 'step' : undefined}
          >
            <span class="step-name">{name}</span>
            {i < present && <span class="step-state">Done</span>}
            {i === present && (
              <>
                <span class="step-state">{status === 'uploaded' ? 'Waiting' : `${Math.floor(progress * 100)} %`}</span>
                {status === 'uploaded' ? (
                  <progress aria-label={name} />
                ) : (
                  <progress aria-label={name} max={1} value={progress} />
                )}
              </>
            )}
          </li>
        ))}
      </ol>
      <p class="hint">
        {status === 'uploading'
          ? 'Keep this page open until the file has been sent.'
          : 'You may leave: it goes on, and you find it in your list.'}
      </p>
      <a class="button" href={HOME}>
        To your lectures
      </a>
    </section>
  );
}
