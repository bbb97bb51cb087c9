import { describe, expect, it } from '@jest/globals';
import { FrameGuard } from './frame-guard.ts';

/** A client's text frame: masked, as RFC 6455 asks of clients. */
function frame(payloadBytes: number): Buffer {
  const mask = Buffer.alloc(4, 1);
  const payload = Buffer.alloc(payloadBytes, 0x81);
  let header = Buffer.from([0x81, 0x80 | payloadBytes]);
  if (payloadBytes > 125) {
    const isShort = payloadBytes < 65_536;
    header = Buffer.alloc(isShort ? 4 : 10);
    header.writeUInt8(0x81, 0);
    header.writeUInt8(0x80 | (isShort ? 126 : 127), 1);
    if (isShort) header.writeUInt16BE(payloadBytes, 2);
    else header.writeBigUInt64BE(BigInt(payloadBytes), 2);
  }
  return Buffer.concat([header, mask, payload]);
}

const sees = (bytes: Buffer, chunkBytes: number) => {
  const guard = new FrameGuard(200);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    if (guard.sees(bytes.subarray(at, at + chunkBytes))) return true;
  }
  return false;
};

describe('FrameGuard', () => {
  const fine = Buffer.concat([frame(0), frame(125), frame(126), frame(200), frame(1)]);

  it.each([1, 2, 3, 7, 64, 1000])('follows frames however they are cut, here by %d bytes', (chunkBytes) => {
    expect(sees(fine, chunkBytes)).toBe(false);
    expect(sees(Buffer.concat([fine, frame(201)]), chunkBytes)).toBe(true);
    expect(sees(Buffer.concat([fine, frame(70_000).subarray(0, 10)]), chunkBytes)).toBe(true);
  });
});
