/** Why there is no microphone, and what to do about it, in words. */

export interface MicrophoneProblem {
  what: string;
  /** What a student may do, in order. */
  steps: readonly string[];
}

const TYPE_INSTEAD = 'Or type your question: the answer is spoken all the same.';

/** @param error as `getUserMedia` throws it; undefined where the browser offers no microphone to this page */
export function microphoneProblem(error: unknown): MicrophoneProblem {
  if (error === undefined) {
    return {
      what: 'This browser lets a page use the microphone only over a secure connection.',
      steps: ['Open this page by https, or at http://127.0.0.1 on the machine that runs it.', TYPE_INSTEAD],
    };
  }
  switch (nameOf(error)) {
    case 'NotAllowedError':
    case 'SecurityError':
      return {
        what: 'The microphone is blocked for this page.',
        steps: [
          'Open the site settings: the icon to the left of the address, or “aA” on an iPhone.',
          'Set Microphone to Allow. If it is allowed there, look in the system’s privacy settings for this browser.',
          'Come back and press the button again.',
          TYPE_INSTEAD,
        ],
      };
    case 'NotFoundError':
    case 'OverconstrainedError':
      return {
        what: 'No microphone was found.',
        steps: ['Connect a microphone or a headset, and press the button again.', TYPE_INSTEAD],
      };
    case 'NotReadableError':
    case 'AbortError':
      return {
        what: 'The microphone is in use by another program.',
        steps: ['Close the call or the recorder that uses it, and press the button again.', TYPE_INSTEAD],
      };
    default:
      return { what: 'The microphone could not be opened.', steps: ['Press the button again.', TYPE_INSTEAD] };
  }
}

const nameOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
