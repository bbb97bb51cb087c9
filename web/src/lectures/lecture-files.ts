/** A file that a student has chosen, as an upload describes it. */
import { MAX_TITLE_CHARS } from '../../../protocol/lecture-name.ts';
import { MAX_LECTURE_BYTES } from '../../../protocol/messages.ts';

/** What a file is called where its name alone tells. */
const TYPES: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  mp4: 'audio/mp4',
  wav: 'audio/wav',
  webm: 'audio/webm',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
};
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/;
const MAX_NAME_CHARS = 100;

export interface ChosenFile {
  name: string;
  type: string;
  size: number;
}

export interface FileDescription {
  title: string;
  filename: string;
  contentType: string;
}

/** Why it need not be sent at all; what is in it, the server finds out. */
export function refusalOf({ name, size }: ChosenFile): string | undefined {
  if (size === 0) return `“${name}” is empty. Choose a recording of the lecture.`;
  if (size > MAX_LECTURE_BYTES)
    return `“${name}” is larger than 2 GB. A compressed recording, such as an MP3, is smaller.`;
  return undefined;
}

export function describeFile({ name, type }: ChosenFile): FileDescription {
  const dot = name.lastIndexOf('.');
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
  const title = stem
    .replace(/[_\s]+/gu, ' ')
    .replace(/(?<=\p{L})-(?=\p{L})/gu, ' ')
    .trim();
  const named = title.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
  const known = TYPES[extension];
  const contentType = known ?? (MEDIA_TYPE.test(type) && type.length <= 100 ? type : 'application/octet-stream');
  return {
    title: Array.from(named).slice(0, MAX_TITLE_CHARS).join('') || 'Lecture',
    filename: fileName(name),
    contentType,
  };
}

/** As it may stand in a key: see `fileNameSchema`. The ending is kept. */
function fileName(name: string): string {
  const plain = Array.from(name.replace(/[/\\%]|\p{C}|\$\{/gu, '-').replace(/^\.+/u, ''));
  return plain.slice(-MAX_NAME_CHARS).join('').replace(/^\.+/u, '') || 'lecture';
}
