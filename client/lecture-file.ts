/** A recording that somebody has chosen, as an upload describes it. */
import { MAX_TITLE_CHARS } from '../protocol/lecture-name.ts';
import { MAX_LECTURE_BYTES } from '../protocol/messages.ts';

/** Media types by the ending of a name. The service looks at the content alone. */
const TYPES: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  aac: 'audio/aac',
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

export function describeFile({ name, type }: Pick<ChosenFile, 'name' | 'type'>): FileDescription {
  const { stem } = splitName(name);
  const title = stem
    .replace(/[_\s]+/gu, ' ')
    .replace(/(?<=\p{L})-(?=\p{L})/gu, ' ')
    .trim();
  const named = title.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
  return {
    title: Array.from(named).slice(0, MAX_TITLE_CHARS).join('') || 'Lecture',
    filename: fileName(name),
    contentType: mediaTypeOf(name, type),
  };
}

/** By the name; where that tells nothing, `told`, if it is a media type. */
export function mediaTypeOf(name: string, told = ''): string {
  const isTold = MEDIA_TYPE.test(told) && told.length <= 100;
  return TYPES[splitName(name).extension] ?? (isTold ? told : 'application/octet-stream');
}

/** The ending in small letters; none where the only dot is the first character. */
function splitName(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return { stem: name, extension: '' };
  return { stem: name.slice(0, dot), extension: name.slice(dot + 1).toLowerCase() };
}

/** As it may stand in a key: see `fileNameSchema`. The ending is kept. */
function fileName(name: string): string {
  const plain = Array.from(name.replace(/[/\\%]|\p{C}|\$\{/gu, '-').replace(/^\.+/u, ''));
  return plain.slice(-MAX_NAME_CHARS).join('').replace(/^\.+/u, '') || 'lecture';
}
