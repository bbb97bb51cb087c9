/** What to do about a microphone that cannot be used. */
import type { MicrophoneProblem } from '../microphone/microphone-problem.ts';
import { CloseIcon } from '../ui/icons.tsx';

export function MicrophoneHelp({ problem, onClose }: { problem: MicrophoneProblem; onClose: () => void }) {
  return (
    <div class="help" role="alert">
      <p class="help-what">{problem.what}</p>
      <ol>
        {problem.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <button type="button" class="icon-only" aria-label="Close" onClick={onClose}>
        <CloseIcon />
      </button>
    </div>
  );
}
