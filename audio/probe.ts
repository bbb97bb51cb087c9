/**
 * Whether a file is a recording that can be transcribed: decided by its content, never by its name, and by a few ranges
 * of it, so that 2 GB are not fetched for the answer. (MP3 and ADTS have to be walked: at most 4 h of them.)
 *
 * Own readers, each of a page, instead of a metadata library: music-metadata 11 believes a `fact` chunk, a Xing header
 * and the first three bit rates, reads every Ogg page, holds MP4's sample tables, and gives up on what browsers record.
 */
import { SynapscribeError } from '../protocol/errors.ts';
import { MAX_LECTURE_BYTES } from '../protocol/messages.ts';
import { id3Length } from './id3.ts';
import { damaged, noSound, type AudioProperties } from './probe/audio-properties.ts';
import { probeFlac } from './probe/flac.ts';
import { probeMatroska } from './probe/matroska.ts';
import { probeMp4 } from './probe/mp4.ts';
import { probeMpeg } from './probe/mpeg.ts';
import { probeOgg } from './probe/ogg.ts';
import { RangeReader, type AudioSource, type RangeReaderOptions } from './probe/range-reader.ts';
import { describeOther, familyOf } from './probe/signature.ts';
import { probeWav } from './probe/wav.ts';
import { MAX_SAMPLE_RATE } from './resample.ts';

export type { AudioProperties } from './probe/audio-properties.ts';
export type { AudioSource } from './probe/range-reader.ts';

export const MIN_LECTURE_SECONDS = 1;
export const MAX_LECTURE_SECONDS = 4 * 60 * 60;

/** As many as the decoder takes. */
const MAX_CHANNELS = 8;
const MAX_ID3_TAGS = 4;
const HEAD_BYTES = 4_096;

/**
 * Container, codec, channels and duration of a recording.
 * @throws SynapscribeError `unsupported_audio` (no recording, no sound, damaged, shorter than 1 s, larger than 2 GB) or
 *   `audio_too_long` (over 4 h), with a sentence for a student
 * @throws whatever `source.read` throws, and the signal's reason
 */
export async function probeAudio(source: AudioSource, options: RangeReaderOptions = {}): Promise<AudioProperties> {
  if (source.size === 0) throw new SynapscribeError('unsupported_audio', 'The file is empty.');
  if (source.size > MAX_LECTURE_BYTES) {
    throw new SynapscribeError('unsupported_audio', 'The file is larger than 2 GB. Please upload it in parts.');
  }
  const properties = await probeContainer(new RangeReader(source, options));
  const { channels, sampleRate, durationSeconds } = properties;
  if (channels === 0) throw noSound();
  if (!(sampleRate > 0)) throw damaged();
  if (channels > MAX_CHANNELS || sampleRate > MAX_SAMPLE_RATE) {
    throw new SynapscribeError(
      'unsupported_audio',
      'The recording has more than 8 channels or more than 192,000 samples a second. Please export it again with fewer.',
    );
  }
  if (!Number.isFinite(durationSeconds)) throw damaged();
  if (durationSeconds < MIN_LECTURE_SECONDS) {
    throw new SynapscribeError('unsupported_audio', 'The recording is shorter than one second.');
  }
  if (durationSeconds > MAX_LECTURE_SECONDS) {
    throw new SynapscribeError('audio_too_long', 'The recording is longer than four hours. Please upload it in parts.');
  }
  return properties;
}

/**
 * The same without bounds on length or channels: for audio of one's own.
 * @throws SynapscribeError `unsupported_audio`
 */
export function measureAudio(source: AudioSource, options: RangeReaderOptions = {}): Promise<AudioProperties> {
  return probeContainer(new RangeReader(source, options));
}

async function probeContainer(reader: RangeReader): Promise<AudioProperties> {
  let start = 0;
  for (let tags = 0; tags < MAX_ID3_TAGS; tags++) start += id3Length(await reader.read(start, 10));
  const head = Buffer.from(await reader.read(start, HEAD_BYTES));
  switch (familyOf(head)) {
    case 'wav':
      return await probeWav(reader);
    case 'flac':
      return await probeFlac(reader, start);
    case 'ogg':
      return await probeOgg(reader);
    case 'matroska':
      return await probeMatroska(reader);
    case 'mp4':
      return await probeMp4(reader);
    case 'mpeg': {
      const other = describeOther(head);
      const properties = other === undefined ? await probeMpeg(reader, start, MAX_LECTURE_SECONDS) : undefined;
      if (properties !== undefined) return properties;
      const what = other === undefined ? 'This file is not a recording that can be read.' : `This file is ${other}.`;
      throw new SynapscribeError('unsupported_audio', `${what} Please upload MP3, M4A, WAV, FLAC, Ogg or WebM.`);
    }
  }
}
