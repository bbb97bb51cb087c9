/** FLAC. What the header says is checked against the last frame, which knows its own place. Source: RFC 9639. */
import { FRAME_HEADER_BYTES, parseFlacFrame } from '../flac-frame.ts';
import { parseStreamInfo, STREAMINFO_BYTES, type StreamInfo } from '../flac-stream-info.ts';
import { damaged, type AudioProperties } from './audio-properties.ts';
import type { RangeReader } from './range-reader.ts';

/** Larger than any frame of a recording. */
const TAIL_BYTES = 256 * 1024;

/** `start` is where `fLaC` stands: behind ID3 tags, if there are any. */
export async function probeFlac(reader: RangeReader, start: number): Promise<AudioProperties> {
  const info = parseStreamInfo(await reader.read(start, STREAMINFO_BYTES));
  if (info === undefined) throw damaged();
  const tailStart = Math.max(start + STREAMINFO_BYTES, reader.size - TAIL_BYTES);
  const samples = findLastSample(await reader.read(tailStart, TAIL_BYTES), info);
  if (samples === undefined) throw damaged();
  const { channels, sampleRate } = info;
  return { container: 'flac', codec: 'flac', channels, sampleRate, durationSeconds: samples / sampleRate };
}

/** The end of the last frame that begins in `tail`, in samples from the stream's start. */
function findLastSample(tail: Buffer, info: StreamInfo): number | undefined {
  for (let at = tail.lastIndexOf(0xff); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(0xff, at - 1)) {
    const end = frameEnd(tail, at, info);
    if (end !== undefined) return end;
  }
  return undefined;
}

/** Where the frame whose header is at `at` ends, in samples; nothing where there is no header. */
function frameEnd(bytes: Buffer, at: number, info: StreamInfo): number | undefined {
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined;
  const frame = parseFlacFrame(bytes, at);
  if (frame === undefined || (!frame.variable && info.blockSize === 0)) return undefined;
  return (frame.variable ? frame.position : frame.position * info.blockSize) + frame.blockSize;
}
