/** Which audio format a file is in, told by its first bytes and never by its name. */

/** Named as `audio-decode` names its decoders. */
export type AudioFormat = 'wav' | 'mp3' | 'aac' | 'flac' | 'opus' | 'oga' | 'm4a' | 'webm';

/** As many first bytes as `formatOf` wants to see. */
export const HEAD_BYTES = 64 * 1024;

/** More channels than this no recording of a lecture has; a hostile header could ask for thousands. */
const MAX_CHANNELS = 8;

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

/**
 * Length of the ID3v2 tag that `head` begins with, which may stand before any format; 0 where there is none.
 * Source: https://id3.org/id3v2.4.0-structure, section 3.1
 */
export function id3Length(head: Uint8Array): number {
  if (head.length < 10 || ascii(head, 0, 3) !== 'ID3') return 0;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (byte(head, at) & 0x7f), 0);
  const footer = (byte(head, 5) & 0x10) === 0 ? 0 : 10;
  return 10 + size + footer;
}

/** The format of a file that begins with `head`; `undefined` for what cannot be decoded here. */
export function formatOf(head: Uint8Array): AudioFormat | undefined {
  const start = ascii(head, 0, 4);
  if (start === 'RIFF' && ascii(head, 8, 4) === 'WAVE') return isSaneWav(head) ? 'wav' : undefined;
  if (start === 'fLaC') return 'flac';
  if (start === 'OggS') return oggCodec(head);
  if (['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'].includes(ascii(head, 4, 4))) return 'm4a';
  if (start === '\x1a\x45\xdf\xa3') return isSaneOpus(head) ? 'webm' : undefined;
  if (hasFrames(head, mp3FrameLength)) return 'mp3';
  if (hasFrames(head, adtsFrameLength)) return 'aac';
  return undefined;
}

/** Where the samples of a WAV file begin, and how many bytes its header says they are. */
export function wavData(head: Uint8Array): { start: number; bytes: number } | undefined {
  const chunk = wavChunk(head, 'data');
  return chunk === undefined ? undefined : { start: chunk.at, bytes: chunk.size };
}

function wavChunk(head: Uint8Array, name: string): { at: number; size: number } | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 12; at + 8 <= head.length;) {
    const size = view.getUint32(at + 4, true);
    if (ascii(head, at, 4) === name) return { at: at + 8, size };
    at += 8 + size;
  }
  return undefined;
}

function isSaneWav(head: Uint8Array): boolean {
  const format = wavChunk(head, 'fmt ');
  if (format === undefined || format.at + 16 > head.length) return false;
  const channels = byte(head, format.at + 2) + 256 * byte(head, format.at + 3);
  const blockBytes = byte(head, format.at + 12) + 256 * byte(head, format.at + 13);
  return channels >= 1 && channels <= MAX_CHANNELS && blockBytes >= channels / 2;
}

function oggCodec(head: Uint8Array): AudioFormat | undefined {
  const packet = 27 + byte(head, 26);
  if (ascii(head, packet, 8) === 'OpusHead') return isSaneOpus(head) ? 'opus' : undefined;
  if (ascii(head, packet, 7) === '\x01vorbis') return byte(head, packet + 11) <= MAX_CHANNELS ? 'oga' : undefined;
  // The FLAC decoder reads both kinds.
  if (ascii(head, packet, 5) === '\x7fFLAC') return 'flac';
  return undefined;
}

/** False for an Opus header with an absurd number of channels; true where there is no Opus header. */
function isSaneOpus(head: Uint8Array): boolean {
  const at = Buffer.from(head.buffer, head.byteOffset, head.byteLength).indexOf('OpusHead');
  return at < 0 || byte(head, at + 9) <= MAX_CHANNELS;
}

/** Three frames one after the other, or fewer that reach the end: within the first 4 KB, as a cut stream may begin amid one. */
function hasFrames(head: Uint8Array, frameLength: (head: Uint8Array, at: number) => number): boolean {
  for (let start = 0; start < Math.min(4096, head.length - 6); start++) {
    let at = start;
    let frames = 0;
    for (let length = frameLength(head, at); length > 0 && frames < 3; length = frameLength(head, at)) {
      frames++;
      at += length;
    }
    if (frames >= 3 || (frames >= 1 && at >= head.length)) return true;
  }
  return false;
}

const MPEG1_KBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const MPEG2_KBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
const MPEG1_RATES = [44_100, 48_000, 32_000, 0];

/** Bytes of the MPEG layer III frame at `at`; 0 if there is none. Source: ISO/IEC 11172-3, 2.4.1.3 */
function mp3FrameLength(head: Uint8Array, at: number): number {
  const second = byte(head, at + 1);
  const third = byte(head, at + 2);
  const version = (second >> 3) & 3;
  if (byte(head, at) !== 0xff || second >> 5 !== 7 || version === 1 || ((second >> 1) & 3) !== 1) return 0;
  const kbits = (version === 3 ? MPEG1_KBITS : MPEG2_KBITS)[third >> 4] ?? 0;
  const rate = (MPEG1_RATES[(third >> 2) & 3] ?? 0) / (version === 3 ? 1 : version === 2 ? 2 : 4);
  if (kbits === 0 || rate === 0) return 0;
  return Math.floor(((version === 3 ? 144 : 72) * kbits * 1000) / rate) + ((third >> 1) & 1);
}

/** Bytes of the ADTS frame at `at`; 0 if there is none. Source: ISO/IEC 14496-3, 1.A.2.2 */
function adtsFrameLength(head: Uint8Array, at: number): number {
  if (byte(head, at) !== 0xff || (byte(head, at + 1) & 0xf6) !== 0xf0) return 0;
  const length = ((byte(head, at + 3) & 3) << 11) | (byte(head, at + 4) << 3) | (byte(head, at + 5) >> 5);
  return length > 7 ? length : 0;
}
