/**
 * Opus whose packets are of one byte and last 120 ms: two frames that nothing was sent for. Sources: RFC 6716, section 3;
 * RFC 7845; RFC 9559.
 */

import { oggPage } from './ogg-page.ts';

const PACKET = 0x1d;

/** Of two channels. */
function opusHead(): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead\x01\x02', 'latin1');
  head.writeUInt32LE(48_000, 12);
  return head;
}

/** Blocks of 256 packets each, 31 s, in one cluster; `grouped`: one in each group of blocks. */
export function tinyOpusWebm(blocks: number, grouped: boolean): Buffer {
  const track = [
    element('d7', Buffer.from([1])),
    element('83', Buffer.from([2])),
    element('86', Buffer.from('A_OPUS')),
    element('63a2', opusHead()),
  ];
  // Track 1, time 0, laced in equal sizes.
  const block = Buffer.concat([Buffer.from([0x81, 0, 0, 0x04, 255]), Buffer.alloc(256, PACKET)]);
  const one = grouped ? element('a0', element('a1', block)) : element('a3', block);
  return Buffer.concat([
    element('1a45dfa3', element('4282', Buffer.from('webm'))),
    Buffer.from('1853806701ffffffffffffff', 'hex'),
    element('1654ae6b', element('ae', Buffer.concat(track))),
    Buffer.from('1f43b67501ffffffffffffff', 'hex'),
    ...Array.from({ length: blocks }, () => one),
  ]);
}

function element(id: string, body: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(0x10000000 + body.length);
  return Buffer.concat([Buffer.from(id, 'hex'), size, body]);
}

/** Pages of 250 packets each, 30 s. */
export function tinyOpusOgg(pages: number): Buffer {
  const tags = Buffer.concat([Buffer.from('OpusTags'), Buffer.alloc(8)]);
  const packets = Array.from({ length: 250 }, () => Buffer.from([PACKET]));
  return Buffer.concat([
    oggPage(0, 0, [opusHead()]),
    oggPage(1, 0, [tags]),
    ...Array.from({ length: pages }, (_, i) => oggPage(2 + i, (i + 1) * 250 * 5760, packets)),
  ]);
}
