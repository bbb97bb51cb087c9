/**
 * How much of a file one call of a codec may take, so that what it gives out is bounded: a few bytes can be seconds of
 * sound, in FLAC 34 of them 2 MB. What is counted is at least what the codec can give, whatever the file claims.
 */
import { CodecError, flacCut } from './decode-codec.ts';
import type { AudioFormat } from './decode-format.ts';
import { parseFlacFrame } from './flac-frame.ts';
import { WebmBlocks } from './webm-blocks.ts';

/** What one call may give out, in samples of all channels: 4 MB. A single frame, block or page may be more. */
const MAX_SLICE_SAMPLES = 2 ** 20;
/** What cannot be parted may give out so much, 32 MB: a page of Vorbis in 8 channels gives no more. */
const MAX_UNIT_SAMPLES = 2 ** 23;
const MAX_CHANNELS = 8;
/** Of a packet, a channel: 120 ms at 48 kHz. */
const OPUS_SAMPLES = 5_760;
/** Of a packet, a channel: half of the largest block. */
const VORBIS_SAMPLES = 4_096;
/** Of a frame, a channel. */
const FLAC_SAMPLES = 65_536;
/** A page's header: 27 bytes, and a byte for each of up to 255 segments. */
const OGG_HEADER_BYTES = 27;

/**
 * Bytes in a call at most. MP3 gives up to 192 bytes of samples a byte (8 kbit/s, as stereo), AAC up to 1.7 KB (elements
 * of 5 bytes, with SBR), and so do the codecs within MP4, PCM and G.711 up to 8.
 */
const MAX_BYTES: Record<AudioFormat, number> = {
  wav: 256 * 1024,
  flac: 256 * 1024,
  opus: 256 * 1024,
  oga: 256 * 1024,
  webm: 16 * 1024,
  mp3: 64 * 1024,
  aac: 16 * 1024,
  m4a: 16 * 1024,
};

/** Something that gives out up to `samples`, in all channels, and begins at byte `at`: the file may be cut before it. */
export interface SoundUnit {
  at: number;
  samples: number;
}

/** For one stream, asked about each of its bytes once, in order. */
export interface SliceBound {
  maxBytes: number;
  /**
   * How many of the bytes `ahead` may be given to the codec next: at least one. `isLast`: the file ends with them.
   * @throws CodecError for what would give out more than bounded, and cannot be cut
   */
  take: (ahead: Uint8Array, isLast: boolean) => number;
  /** Whether what was taken ends amid a block, where that is known. */
  endsAmid?: () => boolean;
}

/**
 * `head`: the beginning of the file, as `formatOf` saw it; of an MP4, all up to the end of its index.
 * @throws CodecError for sound in a form that cannot be bounded
 */
export function sliceBound(format: AudioFormat, head: Uint8Array): SliceBound {
  const maxBytes = format === 'm4a' ? mp4Bytes(head) : MAX_BYTES[format];
  return format === 'webm' ? { maxBytes, ...webmBound(head) } : { maxBytes, take: takeOf(format, head) };
}

/** Opus gives 46 KB a byte in two channels, ALAC 13 KB in eight, if its frames are as long as Apple makes them, or twice. */
function mp4Bytes(index: Uint8Array): number {
  const bytes = Buffer.from(index.buffer, index.byteOffset, index.byteLength);
  const descriptions = positionsOf(bytes, 'stsd').map((at) =>
    bytes.subarray(at, at + (at < 4 ? 0 : bytes.readUInt32BE(at - 4))),
  );
  const has = (type: string): boolean => descriptions.some((description) => description.includes(type));
  if (has('fLaC')) throw new CodecError('FLAC in MP4');
  if (has('Opus')) {
    const channels = positionsOf(bytes, 'dOps').map((at) => bytes[at + 5] ?? 0);
    if (channels.some((count) => count > 2)) throw new CodecError('Opus of many channels in MP4');
    return 1024;
  }
  if (!has('alac')) return MAX_BYTES.m4a;
  // The entry first, and within it a box of the same name: a version, then the length of its frames.
  for (const description of descriptions) {
    const at = description.lastIndexOf('alac');
    const frameSamples = at < 0 ? 0 : at + 12 > description.length ? Infinity : description.readUInt32BE(at + 8);
    if (frameSamples > 8_192) throw new CodecError('huge frames of ALAC');
  }
  return 4096;
}

function positionsOf(bytes: Buffer, text: string): number[] {
  const positions: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 4)) positions.push(at);
  return positions;
}

function takeOf(format: AudioFormat, head: Uint8Array): SliceBound['take'] {
  const isOgg = head[0] === 0x4f;
  if (format === 'flac' && !isOgg) return flacTake();
  if (format === 'flac') return oggFlacTake();
  if (format === 'opus') {
    const channels = opusChannels(head);
    return (ahead, isLast) => oggTake(ahead, isLast, OPUS_SAMPLES * channels);
  }
  if (format === 'oga') return (ahead, isLast) => oggTake(ahead, isLast, VORBIS_SAMPLES * MAX_CHANNELS);
  return (ahead) => ahead.length;
}

/** WebM and Matroska: Opus gives most a frame, but for FLAC, whose frames are looked for besides. */
function webmBound(head: Uint8Array): Pick<SliceBound, 'take' | 'endsAmid'> {
  const frame = OPUS_SAMPLES * opusChannels(head);
  const blocks = new WebmBlocks({ frame, slice: MAX_SLICE_SAMPLES, unit: MAX_UNIT_SAMPLES });
  const isFlac = Buffer.from(head.buffer, head.byteOffset, head.byteLength).includes('A_FLAC');
  const take: SliceBound['take'] = (ahead, isLast) => {
    let length = blocks.reach(ahead, isLast);
    const frames = isFlac ? boundedLength(flacUnits(ahead), length) : length;
    if (frames < length) length = blocks.reach(ahead.subarray(0, frames), false);
    blocks.pass(ahead.subarray(0, length));
    return length;
  };
  return { take, endsAmid: () => blocks.endsAmid };
}

/** Of the Opus header in `head`; as many as there can be where there is none. */
function opusChannels(head: Uint8Array): number {
  const at = Buffer.from(head.buffer, head.byteOffset, head.byteLength).indexOf('OpusHead');
  const channels = at < 0 ? 0 : (head[at + 9] ?? 0);
  return channels === 0 ? MAX_CHANNELS : channels;
}

/** Up to `end`, or to the first unit that would give more than a call may. */
function boundedLength(units: readonly SoundUnit[], end: number): number {
  let samples = 0;
  for (const unit of units) {
    if (unit.at >= end) break;
    if (unit.samples > MAX_UNIT_SAMPLES) throw new CodecError('more sound than any recording has');
    if (unit.at > 0 && samples + unit.samples > MAX_SLICE_SAMPLES) return unit.at;
    samples += unit.samples;
  }
  return end;
}

const byPosition = (a: SoundUnit, b: SoundUnit): number => a.at - b.at;

function flacTake(): SliceBound['take'] {
  return (ahead, isLast) => boundedLength(flacUnits(ahead), isLast ? ahead.length : flacCut(ahead));
}

/** All that could be frames of FLAC. */
function flacUnits(bytes: Uint8Array): SoundUnit[] {
  const units: SoundUnit[] = [];
  for (let at = bytes.indexOf(0xff); at >= 0 && at + 5 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    // Most are no frame, which is told fastest here.
    if (((bytes[at + 1] ?? 0) & 0xfe) !== 0xf8) continue;
    const frame = parseFlacFrame(bytes, at);
    if (frame !== undefined) units.push({ at, samples: frame.blockSize * frame.channels });
  }
  return units;
}

/** Ogg, cut within no page's header; a page gives its packets, and the frame it goes on with. Source: RFC 3533, section 6. */
function oggTake(ahead: Uint8Array, isLast: boolean, packetSamples: number): number {
  const { pages, end } = oggPages(ahead, isLast);
  const units = pages.map(({ at, packets }) => ({ at, samples: packets * packetSamples }));
  return boundedLength(units, end);
}

/** FLAC in Ogg: the frames of a page come all at once, when it is whole. */
function oggFlacTake(): SliceBound['take'] {
  // Where the page ends that was begun last, and what it has held so far.
  let pageEnd = 0;
  let held = 0;
  return (ahead, isLast) => {
    const { pages, end } = oggPages(ahead, isLast);
    const units = pages.map((page) => ({ ...page, samples: page.isContinued ? FLAC_SAMPLES * MAX_CHANNELS : 0 }));
    const sorted = [...units, ...flacUnits(ahead).map((unit) => ({ ...unit, bytes: 0 }))].sort(byPosition);
    const length = boundedLength(sorted, end);
    for (const { at, bytes, samples } of sorted) {
      if (at >= length) break;
      // What looks like a page within a page is none.
      if (bytes > 0 && at >= pageEnd) {
        held = 0;
        pageEnd = at + bytes;
      }
      held += samples;
      if (held > MAX_UNIT_SAMPLES) throw new CodecError('more sound than any recording has');
    }
    pageEnd -= length;
    return length;
  };
}

interface OggPage {
  at: number;
  /** Header included. */
  bytes: number;
  /** Those that end in it, and one that does not. */
  packets: number;
  /** It begins within a packet, whose header may be parted. */
  isContinued: boolean;
}

/** The pages whose headers are in `ahead`, and the end of what may be given: before a header that is cut short. */
function oggPages(ahead: Uint8Array, isLast: boolean): { pages: OggPage[]; end: number } {
  const bytes = Buffer.from(ahead.buffer, ahead.byteOffset, ahead.byteLength);
  const pages: OggPage[] = [];
  for (const at of positionsOf(bytes, 'OggS')) {
    const headerBytes = OGG_HEADER_BYTES + (bytes[at + 26] ?? 255);
    if (!isLast && at > 0 && at + headerBytes > bytes.length) return { pages, end: at };
    const segments = bytes.subarray(at + OGG_HEADER_BYTES, at + headerBytes);
    const packets = 1 + segments.reduce((count, length) => count + (length < 255 ? 1 : 0), 0);
    const bodyBytes = segments.reduce((sum, length) => sum + length, 0);
    pages.push({ at, bytes: headerBytes + bodyBytes, packets, isContinued: ((bytes[at + 5] ?? 0) & 1) === 1 });
  }
  return { pages, end: isLast ? ahead.length : Math.max(1, ahead.length - 3) };
}
