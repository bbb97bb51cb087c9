/** A page of Ogg that holds whole packets, each of fewer than 255 bytes. Source: RFC 3533. */
export function oggPage(number: number, position: number, packets: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(27);
  header.write('OggS', 'latin1');
  header.writeUInt8(number === 0 ? 2 : 0, 5);
  header.writeBigUInt64LE(BigInt(position), 6);
  header.writeUInt32LE(number, 18);
  header.writeUInt8(packets.length, 26);
  const whole = Buffer.concat([header, Buffer.from(packets.map(({ length }) => length)), ...packets]);
  whole.writeUInt32LE(crc32(whole), 22);
  return whole;
}

/** Ogg's: polynomial 0x04c11db7, the highest bit first. */
function crc32(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}
