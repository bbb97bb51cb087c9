/** Which audio format a file is in, told by its first bytes and never by its name. */
import { parseAdtsFrame, parseMp3Frame, type ParseFrame } from './mpeg-frame.ts';

/** Named as `audio-decode` names its decoders. */
export type AudioFormat = 'wav' | 'mp3' | 'aac' | 'flac' | 'opus' | 'oga' | 'm4a' | 'webm';

/** As many first bytes as `formatOf` wants to see. */
export const HEAD_BYTES = 64 * 1024;

/** More channels than this no recording of a lecture has; a hostile header could ask for thousands. */
const MAX_CHANNELS = 8;

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

/** The format of a file that begins with `head`; `undefined` for what cannot be decoded here. */
export function formatOf(head: Uint8Array): AudioFormat | undefined {
  const start = ascii(head, 0, 4);
  if (start === 'RIFF' && ascii(head, 8, 4) === 'WAVE') return isSaneWav(head) ? 'wav' : undefined;
  if (start === 'fLaC') return 'flac';
  if (start === 'OggS') return oggCodec(head);
  if (['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'].includes(ascii(head, 4, 4))) return 'm4a';
  if (start === '\x1a\x45\xdf\xa3') return isSaneOpus(head) ? 'webm' : undefined;
  if (hasFrames(head, parseMp3Frame)) return 'mp3';
  if (hasFrames(head, parseAdtsFrame)) return 'aac';
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
function hasFrames(head: Uint8Array, parse: ParseFrame): boolean {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  for (let start = 0; start < Math.min(4096, bytes.length - 6); start++) {
    let at = start;
    let frames = 0;
    for (let frame = parse(bytes, at); frame !== undefined && frames < 3; frame = parse(bytes, at)) {
      frames++;
      at += frame.bytes;
    }
    if (frames >= 3 || (frames >= 1 && at >= bytes.length)) return true;
  }
  return false;
}
