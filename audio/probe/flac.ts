/** FLAC. What the header says is checked against the last frame, which knows its own place. Source: RFC 9639. */
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

/** Where the frame whose header is at `at` ends, in samples; nothing where there is no header. Source: section 9.1 */
function frameEnd(bytes: Buffer, at: number, info: StreamInfo): number | undefined {
  if (at + 16 > bytes.length || (bytes.readUInt8(at + 1) & 0xfe) !== 0xf8) return undefined;
  const variable = (bytes.readUInt8(at + 1) & 1) === 1;
  const sizeCode = bytes.readUInt8(at + 2) >> 4;
  const rateCode = bytes.readUInt8(at + 2) & 0x0f;
  if (sizeCode === 0 || rateCode === 15 || (bytes.readUInt8(at + 3) & 1) === 1) return undefined;
  const coded = readCodedNumber(bytes, at + 4);
  if (coded === undefined) return undefined;
  let next = coded.next;
  let blockSize = sizeCode === 1 ? 192 : sizeCode <= 5 ? 144 * 2 ** sizeCode : 2 ** sizeCode;
  if (sizeCode === 6) blockSize = (bytes[next++] ?? 0) + 1;
  if (sizeCode === 7) {
    blockSize = (bytes[next] ?? 0) * 256 + (bytes[next + 1] ?? 0) + 1;
    next += 2;
  }
  if (rateCode === 12) next += 1;
  if (rateCode === 13 || rateCode === 14) next += 2;
  if (crc8(bytes.subarray(at, next)) !== bytes[next]) return undefined;
  if (!variable && info.blockSize === 0) return undefined;
  return (variable ? coded.value : coded.value * info.blockSize) + blockSize;
}

/** A number in UTF-8's manner, of up to 36 bits. */
function readCodedNumber(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  const first = bytes[at] ?? 0;
  const length = Math.clz32((~first & 0xff) << 24);
  if (length === 1 || length > 7) return undefined;
  let value = length === 0 ? first : first & (0x7f >> length);
  const count = Math.max(1, length);
  for (let i = 1; i < count; i++) {
    const byte = bytes[at + i] ?? 0;
    if (byte >> 6 !== 2) return undefined;
    value = value * 64 + (byte & 0x3f);
  }
  return { value, next: at + count };
}

/** Polynomial x^8 + x^2 + x + 1. */
function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? 0x07 : 0)) & 0xff;
  }
  return crc;
}
