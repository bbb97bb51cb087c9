/** A lecture's title: what the student gave with the upload, else its file's name. Both are untrusted. */
import { MAX_TITLE_CHARS } from '../../../protocol/lecture-name.ts';

export function lectureTitle(metadataTitle: string | undefined, fileName: string): string {
  return clean(decodeTitle(metadataTitle ?? '')) || clean(fileName.replace(/\.[^.]*$/, '')) || 'Lecture';
}

function decodeTitle(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return '';
  }
}

function clean(title: string): string {
  return title
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, MAX_TITLE_CHARS);
}
