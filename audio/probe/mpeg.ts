/**
 * MP3 and ADTS AAC: nothing but frames, so the frames are walked. Headers that tell the length (Xing, VBRI) are missing
 * from many files and wrong in others, and the first bit rate says nothing of a variable one.
 */
import { damaged, type AudioProperties, type Container } from './audio-properties.ts';
import type { RangeReader } from './range-reader.ts';

interface Frame {
  bytes: number;
  samples: number;
  sampleRate: number;
  channels: number;
}
type ParseFrame = (bytes: Buffer, at: number) => Frame | undefined;

const HEADER_BYTES = 7;
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

const MPEG1_KILOBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const MPEG2_KILOBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
const MPEG1_RATES = [44_100, 48_000, 32_000, 0];

/** A frame of MPEG 1, 2 or 2.5, layer III. Source: ISO/IEC 11172-3, 2.4.1.3 */
function parseMp3Frame(bytes: Buffer, at: number): Frame | undefined {
  if (at + 4 > bytes.length) return undefined;
  const header = bytes.readUInt32BE(at);
  const version = (header >>> 19) & 3;
  if (header >>> 21 !== 0x7ff || version === 1 || ((header >>> 17) & 3) !== 1) return undefined;
  const isMpeg1 = version === 3;
  const kilobits = (isMpeg1 ? MPEG1_KILOBITS : MPEG2_KILOBITS)[(header >>> 12) & 15] ?? 0;
  const sampleRate = (MPEG1_RATES[(header >>> 10) & 3] ?? 0) / (isMpeg1 ? 1 : version === 2 ? 2 : 4);
  if (kilobits === 0 || sampleRate === 0) return undefined;
  const samples = isMpeg1 ? 1152 : 576;
  return {
    bytes: Math.floor(((samples / 8) * kilobits * 1000) / sampleRate) + ((header >>> 9) & 1),
    samples,
    sampleRate,
    channels: ((header >>> 6) & 3) === 3 ? 1 : 2,
  };
}

const ADTS_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];

/** Source: ISO/IEC 14496-3, 1.A.2.2. Channel configuration 0 leaves the channels to the stream: two, most likely. */
function parseAdtsFrame(bytes: Buffer, at: number): Frame | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined;
  if ((bytes.readUInt16BE(at) & 0xfff6) !== 0xfff0) return undefined;
  const sampleRate = ADTS_RATES[(bytes.readUInt8(at + 2) >> 2) & 15];
  const length = (bytes.readUIntBE(at + 3, 3) >> 5) & 0x1fff;
  if (sampleRate === undefined || length <= HEADER_BYTES) return undefined;
  const configuration = (bytes.readUInt16BE(at + 2) >> 6) & 7;
  return {
    bytes: length,
    samples: 1024 * ((bytes.readUInt8(at + 6) & 3) + 1),
    sampleRate,
    channels: configuration === 0 ? 2 : configuration === 7 ? 8 : configuration,
  };
}
