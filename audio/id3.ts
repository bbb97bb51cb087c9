/** ID3v2 tags, which may stand before any format. */

/**
 * Length of the tag that `head` begins with; 0 where there is none. Ten bytes are enough.
 * Source: https://id3.org/id3v2.4.0-structure, section 3.1
 */
export function id3Length(head: Uint8Array): number {
  if (head.length < 10 || String.fromCharCode(...head.subarray(0, 3)) !== 'ID3') return 0;
  const size = head.subarray(6, 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
  const footer = ((head[5] ?? 0) & 0x10) === 0 ? 0 : 10;
  return 10 + size + footer;
}
