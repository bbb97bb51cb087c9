/** How far a lecture has come, in words. */
import type { Lecture } from './lecture.ts';

const percent = (share: number): string => `${Math.floor(share * 100)} %`;

export function statusWords({ status, progress }: Pick<Lecture, 'status' | 'progress'>): string {
  switch (status) {
    case 'uploading':
      return `Uploading, ${percent(progress)}`;
    case 'interrupted':
      return 'Not uploaded';
    case 'uploaded':
      return 'Uploaded';
    case 'validating':
      return 'Being checked';
    case 'transcribing':
      return `Being transcribed, ${percent(progress)}`;
    case 'ready':
      return 'Ready';
    case 'rejected':
      return 'Refused';
  }
}
