/** The files that a person names: looked at here first, so that what cannot work is not uploaded. */
import { open, readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { probeAudio, type AudioProperties, type AudioSource } from '../../audio/probe.ts';
import { MAX_TITLE_CHARS } from '../../protocol/lecture-name.ts';
import type { LectureDescription, QuestionAudio } from '../client.ts';
import { UsageError } from './usage-error.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  aac: 'audio/aac',
  webm: 'audio/webm',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
};
/** An hour of question, which is refused with a better word by the service. */
const MAX_QUESTION_BYTES = 200_000_000;

/** @throws SynapscribeError unsupported_audio, audio_too_long */
export async function probeFile(path: string, signal: AbortSignal): Promise<AudioProperties> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const source: AudioSource = {
      size,
      read: async (start, endInclusive) => {
        const buffer = Buffer.alloc(endInclusive + 1 - start);
        const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
        return buffer.subarray(0, bytesRead);
      },
    };
    return await probeAudio(source, { signal });
  } finally {
    await file.close();
  }
}

/** File names that a key cannot hold are written otherwise. */
export function describeLecture(path: string): LectureDescription {
  const name = basename(path).normalize('NFC');
  const filename = name
    .replace(/[/\\\p{C}%$]/gu, '_')
    .replace(/^\./, '_')
    .slice(-100);
  const title = name
    .slice(0, name.length - extname(name).length)
    .slice(0, MAX_TITLE_CHARS)
    .trim();
  return { title: title === '' ? 'Lecture' : title, filename, contentType: contentType(extensionOf(path)) };
}

/** @throws UsageError */
export async function readQuestion(path: string): Promise<QuestionAudio> {
  if ((await stat(path)).size > MAX_QUESTION_BYTES) throw new UsageError('The question is too long a recording.');
  const extension = extensionOf(path);
  return { bytes: await readFile(path), extension, contentType: contentType(extension) };
}

/** As a key may end; the service looks at the content alone. */
function extensionOf(path: string): string {
  const extension = extname(path).slice(1).toLowerCase();
  return /^[a-z0-9]{1,8}$/.test(extension) ? extension : 'wav';
}

const contentType = (extension: string): string => CONTENT_TYPES[extension] ?? 'application/octet-stream';
