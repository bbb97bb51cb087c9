/** What FLAC says of itself first: STREAMINFO. Source: RFC 9639, section 8.2. */

/** `fLaC`, and the first metadata block with its header. */
export const STREAMINFO_BYTES = 4 + 4 + 34;

export interface StreamInfo {
  channels: number;
  sampleRate: number;
  /** Samples a block; 0 where blocks differ. */
  blockSize: number;
  /** Samples a channel; 0 where not known. */
  totalSamples: number;
}

/** `bytes` begin with `fLaC`; `undefined` where the first metadata block is not a sound STREAMINFO. */
export function parseStreamInfo(bytes: Uint8Array): StreamInfo | undefined {
  if (bytes.length < STREAMINFO_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if ((view.getUint8(4) & 0x7f) !== 0) return undefined;
  const packed = view.getUint32(18);
  const [minBlock, maxBlock] = [view.getUint16(8), view.getUint16(10)];
  const info = {
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    blockSize: minBlock === maxBlock ? maxBlock : 0,
    totalSamples: (view.getUint8(21) & 0x0f) * 2 ** 32 + view.getUint32(22),
  };
  return info.sampleRate === 0 ? undefined : info;
}
