/** Frames of MP3 and of ADTS AAC, read by their headers. */

export interface Frame {
  /** Header included. */
  bytes: number;
  /** A channel. */
  samples: number;
  sampleRate: number;
  channels: number;
}

/** The frame whose header is at `at`; nothing where there is no header, or not all of it. */
export type ParseFrame = (bytes: Uint8Array, at: number) => Frame | undefined;

/** As many bytes as a header of either has, at most. */
export const FRAME_HEADER_BYTES = 7;

const MPEG1_KILOBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const MPEG2_KILOBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
const MPEG1_RATES = [44_100, 48_000, 32_000, 0];

/** A frame of MPEG 1, 2 or 2.5, layer III. Source: ISO/IEC 11172-3, 2.4.1.3 */
export function parseMp3Frame(bytes: Uint8Array, at: number): Frame | undefined {
  if (at + 4 > bytes.length) return undefined;
  const header = readBytes(bytes, at, 4);
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
export function parseAdtsFrame(bytes: Uint8Array, at: number): Frame | undefined {
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined;
  if ((readBytes(bytes, at, 2) & 0xfff6) !== 0xfff0) return undefined;
  const sampleRate = ADTS_RATES[(readBytes(bytes, at + 2, 1) >> 2) & 15];
  const length = (readBytes(bytes, at + 3, 3) >> 5) & 0x1fff;
  if (sampleRate === undefined || length <= FRAME_HEADER_BYTES) return undefined;
  const configuration = (readBytes(bytes, at + 2, 2) >> 6) & 7;
  return {
    bytes: length,
    samples: 1024 * ((readBytes(bytes, at + 6, 1) & 3) + 1),
    sampleRate,
    channels: configuration === 0 ? 2 : configuration === 7 ? 8 : configuration,
  };
}

/** Up to four bytes as one number, the most significant first: without Node's buffers, so that the page can read frames. */
function readBytes(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = (value << 8) | (bytes[i] ?? 0);
  return value >>> 0;
}
