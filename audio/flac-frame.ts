/** The header of a FLAC frame. Source: RFC 9639, section 9.1. */

/** As long as a header is, at most. */
export const FRAME_HEADER_BYTES = 16;

export interface FlacFrame {
  /** Samples a channel: 1 to 65 536. */
  blockSize: number;
  /** 1 to 8. */
  channels: number;
  /** The frame's number or, where `variable`, that of its first sample. */
  position: number;
  /** Blocks may differ in size. */
  variable: boolean;
}

/** The frame whose header is at `at`; `undefined` where there is no whole header, or one whose checksum is wrong. */
export function parseFlacFrame(bytes: Uint8Array, at: number): FlacFrame | undefined {
  const byte = (index: number): number => bytes[index] ?? 0;
  if (byte(at) !== 0xff || (byte(at + 1) & 0xfe) !== 0xf8) return undefined;
  const sizeCode = byte(at + 2) >> 4;
  const rateCode = byte(at + 2) & 0x0f;
  const channelCode = byte(at + 3) >> 4;
  if (sizeCode === 0 || rateCode === 15 || channelCode > 10 || (byte(at + 3) & 1) === 1) return undefined;
  const coded = readCodedNumber(bytes, at + 4);
  if (coded === undefined) return undefined;
  let next = coded.next;
  let blockSize = sizeCode === 1 ? 192 : sizeCode <= 5 ? 144 * 2 ** sizeCode : 2 ** sizeCode;
  if (sizeCode === 6) blockSize = byte(next++) + 1;
  if (sizeCode === 7) {
    blockSize = byte(next) * 256 + byte(next + 1) + 1;
    next += 2;
  }
  if (rateCode === 12) next += 1;
  if (rateCode === 13 || rateCode === 14) next += 2;
  if (next >= bytes.length || crc8(bytes.subarray(at, next)) !== bytes[next]) return undefined;
  const variable = (byte(at + 1) & 1) === 1;
  return { blockSize, channels: channelCode < 8 ? channelCode + 1 : 2, position: coded.value, variable };
}

/** A number in UTF-8's manner, of up to 36 bits. */
function readCodedNumber(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
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
export function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? 0x07 : 0)) & 0xff;
  }
  return crc;
}
