/** What a probe finds out, and the ways in which a file is no recording. */
import { SynapscribeError } from '../../protocol/errors.ts';

export type Container = 'wav' | 'mp3' | 'aac' | 'flac' | 'ogg' | 'webm' | 'mp4';

export interface AudioProperties {
  container: Container;
  /** As it is usually called: `pcm`, `mp3`, `aac`, `alac`, `opus`, `vorbis`, `flac` … */
  codec: string;
  channels: number;
  /** In hertz. */
  sampleRate: number;
  durationSeconds: number;
}

export const noSound = (): SynapscribeError =>
  new SynapscribeError('unsupported_audio', 'There is no sound in this file.');

export const damaged = (cause?: unknown): SynapscribeError =>
  new SynapscribeError(
    'unsupported_audio',
    'The recording is damaged or incomplete. Please export or record it again.',
    { cause },
  );

/** `name` may come from the file: only what is printable of it is told. */
export const unknownCodec = (name: string): SynapscribeError => {
  const printable = name.replace(/[^\w./ -]/g, '').trim();
  const codec = printable === '' ? 'an unknown format' : `the format ${printable.slice(0, 40)}`;
  return new SynapscribeError('unsupported_audio', `The sound is in ${codec}, which cannot be read here.`);
};
