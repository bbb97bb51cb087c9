/**
 * Notices a WebSocket frame that announces more bytes than allowed, on the raw bytes of the client, since `ws` bounds
 * whole messages only. Source: RFC 6455 section 5.2.
 */

const MASK_BYTES = 4;

/** Feed it every byte that the client sends, in order. */
export class FrameGuard {
  readonly #maxPayload: number;
  /** What is left of the current frame, mask included. */
  #skip = 0;
  #header = Buffer.alloc(0);

  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  /** @returns whether a frame that began in these bytes is too large */
  sees(chunk: Buffer): boolean {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, rest.length);
        this.#skip -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const seen = Buffer.concat([this.#header, rest]);
      const header = readHeader(seen);
      if (header === undefined) {
        this.#header = seen;
        return false;
      }
      if (header.payloadBytes > this.#maxPayload) return true;
      this.#header = Buffer.alloc(0);
      this.#skip = header.payloadBytes + (header.isMasked ? MASK_BYTES : 0);
      rest = seen.subarray(header.headerBytes);
    }
    return false;
  }
}

function readHeader(bytes: Buffer): { headerBytes: number; payloadBytes: number; isMasked: boolean } | undefined {
  if (bytes.length < 2) return undefined;
  const second = bytes.readUInt8(1);
  const isMasked = (second & 0x80) !== 0;
  const short = second & 0x7f;
  if (short < 126) return { headerBytes: 2, payloadBytes: short, isMasked };
  const headerBytes = short === 126 ? 4 : 10;
  if (bytes.length < headerBytes) return undefined;
  const payloadBytes = short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { headerBytes, payloadBytes, isMasked };
}
