/**
 * MP3 and ADTS AAC: nothing but frames, so the frames are walked. Headers that tell the length (Xing, VBRI) are missing
 * from many files and wrong in others, and the first bit rate says nothing of a variable one.
 */
import { FRAME_HEADER_BYTES as HEADER_BYTES, parseAdtsFrame, parseMp3Frame, type ParseFrame } from '../mpeg-frame.ts';
import { damaged, type AudioProperties, type Container } from './audio-properties.ts';
import type { RangeReader } from './range-reader.ts';

/** A cut stream begins and goes on amid a frame; tags stand between. */
const MAX_JUNK_BYTES = 64 * 1024;
/** In a whole file: each search costs, and so much junk is no recording. */
const MAX_SEARCHES = 1_000;
/** So many frames in a row are no accident. */
const MIN_CHAIN = 4;

const FORMATS: readonly { container: Container; codec: string; parse: ParseFrame }[] = [
  { container: 'mp3', codec: 'mp3', parse: parseMp3Frame },
  { container: 'aac', codec: 'aac', parse: parseAdtsFrame },
];

/**
 * Looks for frames from `start`, behind the tags. Stops counting at `maxSeconds`.
 * @returns nothing where there are none
 */
export async function probeMpeg(
  reader: RangeReader,
  start: number,
  maxSeconds: number,
): Promise<AudioProperties | undefined> {
  for (const { container, codec, parse } of FORMATS) {
    const first = await findChain(reader, start, parse, MIN_CHAIN);
    if (first === undefined) continue;
    const header = parse(await reader.read(first, HEADER_BYTES), 0);
    if (header === undefined) throw damaged();
    const durationSeconds = await countSeconds(reader, first, parse, maxSeconds);
    return { container, codec, channels: header.channels, sampleRate: header.sampleRate, durationSeconds };
  }
  return undefined;
}

async function countSeconds(
  reader: RangeReader,
  first: number,
  parse: ParseFrame,
  maxSeconds: number,
): Promise<number> {
  let seconds = 0;
  let position = first;
  let searches = 0;
  while (position < reader.size && seconds <= maxSeconds) {
    const window = await reader.readAhead(position, HEADER_BYTES);
    let at = 0;
    for (let frame = parse(window, at); frame !== undefined; frame = parse(window, at)) {
      // The last frame may be cut off.
      if (position + at + frame.bytes > reader.size) return seconds;
      seconds += frame.samples / frame.sampleRate;
      at += frame.bytes;
    }
    position += at;
    // Either the window ends here, or something else than a frame does: then sound may go on behind it.
    if (at + HEADER_BYTES <= window.length) {
      const next = searches++ < MAX_SEARCHES ? await findChain(reader, position, parse, 2) : undefined;
      if (next === undefined) return seconds;
      position = next;
    } else if (at === 0) return seconds;
  }
  return seconds;
}

/** The first place from `start` on where `count` alike frames, or fewer up to the file's end, follow one another. */
async function findChain(
  reader: RangeReader,
  start: number,
  parse: ParseFrame,
  count: number,
): Promise<number | undefined> {
  // Copied: following the chain moves the reader's window.
  const junk = Buffer.from(await reader.read(start, MAX_JUNK_BYTES + HEADER_BYTES));
  for (let at = junk.indexOf(0xff); at >= 0 && at <= MAX_JUNK_BYTES; at = junk.indexOf(0xff, at + 1)) {
    if (parse(junk, at) !== undefined && (await isChain(reader, start + at, parse, count))) return start + at;
  }
  return undefined;
}

async function isChain(reader: RangeReader, start: number, parse: ParseFrame, count: number): Promise<boolean> {
  let position = start;
  let sampleRate: number | undefined;
  for (let i = 0; i < count; i++) {
    const frame = parse(await reader.read(position, HEADER_BYTES), 0);
    if (frame === undefined) return false;
    sampleRate ??= frame.sampleRate;
    if (frame.sampleRate !== sampleRate) return false;
    position += frame.bytes;
  }
  return position <= reader.size;
}
