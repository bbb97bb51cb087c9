/** The files that a person names: looked at here first, so that what cannot work is not uploaded. */
import { open, readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { probeAudio, type AudioProperties, type AudioSource } from '../../audio/probe.ts';
import { describeFile, mediaTypeOf, type FileDescription } from '../../client/lecture-file.ts';
import type { QuestionAudio } from '../client.ts';
import { UsageError } from './usage-error.ts';

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

export const describeLecture = (path: string): FileDescription =>
  describeFile({ name: basename(path).normalize('NFC'), type: '' });

/** @throws UsageError */
export async function readQuestion(path: string): Promise<QuestionAudio> {
  if ((await stat(path)).size > MAX_QUESTION_BYTES) throw new UsageError('The question is too long a recording.');
  return { bytes: await readFile(path), extension: extensionOf(path), contentType: mediaTypeOf(basename(path)) };
}

/** As a key may end; the service looks at the content alone. */
function extensionOf(path: string): string {
  const extension = extname(path).slice(1).toLowerCase();
  return /^[a-z0-9]{1,8}$/.test(extension) ? extension : 'wav';
}
