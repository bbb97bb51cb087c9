/**
 * How much of a file one call of a codec may take, so that what it gives out is bounded: a few bytes can be seconds of
 * sound, in FLAC 34 of them 2 MB. What is counted is at least what the codec can give, whatever the file claims.
 */
import { CodecError, flacCut } from './decode-codec.ts';
import type { AudioFormat } from './decode-format.ts';
import { FRAME_HEADER_BYTES, parseFlacFrame } from './flac-frame.ts';

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
}

/** `head`: the beginning of the file, as `formatOf` saw it. */
export function sliceBound(format: AudioFormat, head: Uint8Array): SliceBound {
  return { maxBytes: MAX_BYTES[format], take: takeOf(format, head) };
}

function takeOf(format: AudioFormat, head: Uint8Array): SliceBound['take'] {
  const isOgg = head[0] === 0x4f;
  if (format === 'flac' && !isOgg) return flacTake();
  if (format === 'flac') return (ahead, isLast) => oggTake(ahead, isLast, 0, FLAC_SAMPLES * MAX_CHANNELS);
  if (format === 'opus') {
    const channels = opusChannels(head);
    return (ahead, isLast) => oggTake(ahead, isLast, OPUS_SAMPLES * channels, 0);
  }
  if (format === 'oga') return (ahead, isLast) => oggTake(ahead, isLast, VORBIS_SAMPLES * MAX_CHANNELS, 0);
  return (ahead) => ahead.length;
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

function flacTake(): SliceBound['take'] {
  return (ahead, isLast) => boundedLength(flacUnits(ahead), isLast ? ahead.length : flacCut(ahead));
}

/** All that could be frames of FLAC. */
function flacUnits(bytes: Uint8Array): SoundUnit[] {
  const units: SoundUnit[] = [];
  for (let at = bytes.indexOf(0xff); at >= 0 && at + 5 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const frame = parseFlacFrame(bytes.subarray(0, at + FRAME_HEADER_BYTES), at);
    if (frame !== undefined) units.push({ at, samples: frame.blockSize * frame.channels });
  }
  return units;
}

/** Ogg, cut within no page's header; a page gives its packets, and what it goes on with. Source: RFC 3533, section 6. */
function oggTake(ahead: Uint8Array, isLast: boolean, packetSamples: number, pageSamples: number): number {
  const bytes = Buffer.from(ahead.buffer, ahead.byteOffset, ahead.byteLength);
  const units: SoundUnit[] = [];
  let end = isLast ? ahead.length : ahead.length - 3;
  for (let at = bytes.indexOf('OggS'); at >= 0; at = bytes.indexOf('OggS', at + 4)) {
    const segments = bytes.subarray(at + OGG_HEADER_BYTES, at + OGG_HEADER_BYTES + (bytes[at + 26] ?? 0));
    if (!isLast && at > 0 && at + OGG_HEADER_BYTES + (bytes[at + 26] ?? 255) > bytes.length) {
      end = Math.min(end, at);
      break;
    }
    const packets = 1 + segments.reduce((count, length) => count + (length < 255 ? 1 : 0), 0);
    const next = bytes.indexOf('OggS', at + 4);
    const frames =
      pageSamples === 0
        ? 0
        : flacUnits(bytes.subarray(at, next < 0 ? undefined : next)).reduce((sum, f) => sum + f.samples, 0);
    units.push({ at, samples: packets * packetSamples + pageSamples + frames });
  }
  return boundedLength(units, Math.max(1, end));
}
