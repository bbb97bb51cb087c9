/**
 * The boxes of MP4 files and the sample tables among them, checked so that no decoder allocates without bound for what
 * they claim. Source: ISO/IEC 14496-12.
 */

import { CodecError } from './decode-codec.ts';

/** Samples of one size, which an index counts without listing them. */
const MAX_UNIFORM_SAMPLES = 2_000_000;
const MAX_FRAGMENT_SAMPLES = 100_000;

export interface Box {
  type: string;
  /** Header included; `Infinity` for a box that reaches to the end of the file. */
  size: number;
  headerSize: number;
}

/** The box whose header is at `at`; `undefined` where there is no whole header, or a senseless one. */
export function boxAt(bytes: Uint8Array, at: number): Box | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  const size = view.getUint32(at);
  if (size === 0) return { type, size: Infinity, headerSize: 8 };
  if (size === 1) {
    if (at + 16 > bytes.length) return undefined;
    const wide = Number(view.getBigUint64(at + 8));
    return wide < 16 ? undefined : { type, size: wide, headerSize: 16 };
  }
  return size < 8 ? undefined : { type, size, headerSize: 8 };
}

const CONTAINERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl', 'edts', 'mvex', 'moof', 'traf']);

/** The boxes within `bytes`, containers before what they hold. */
function* boxesWithin(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  depth = 0,
): Generator<{ type: string; body: Uint8Array }> {
  for (let at = start; at + 8 <= end;) {
    const box = boxAt(bytes, at);
    if (box === undefined) return;
    const boxEnd = Math.min(end, at + box.size);
    yield { type: box.type, body: bytes.subarray(at + box.headerSize, boxEnd) };
    if (CONTAINERS.has(box.type) && depth < 8) yield* boxesWithin(bytes, at + box.headerSize, boxEnd, depth + 1);
    at += box.size;
  }
}

/** Whether a box of the type is anywhere within. */
export function hasBox(bytes: Uint8Array, type: string): boolean {
  for (const box of boxesWithin(bytes)) if (box.type === type) return true;
  return false;
}

/** False for tables that count more entries than they hold, and for chunks that go back in the file. */
export function tablesHold(index: Uint8Array): boolean {
  for (const { type, body } of boxesWithin(index)) if (!tableHolds(type, body)) return false;
  return true;
}

function tableHolds(type: string, body: Uint8Array): boolean {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const uint32 = (at: number): number => (at + 4 <= body.length ? view.getUint32(at) : Infinity);
  const holds = (counted: number, entryBytes: number, from = 8): boolean => from + counted * entryBytes <= body.length;
  switch (type) {
    case 'stsz':
      return uint32(4) === 0 ? holds(uint32(8), 4, 12) : uint32(8) <= MAX_UNIFORM_SAMPLES;
    case 'stsc':
      return holds(uint32(4), 12);
    case 'stts':
      return holds(uint32(4), 8);
    case 'elst':
      return holds(uint32(4), body[0] === 1 ? 20 : 12);
    case 'stco':
    case 'co64': {
      const width = type === 'stco' ? 4 : 8;
      return holds(uint32(4), width) && isRising(chunkOffsets(body, width));
    }
    case 'trun': {
      const entryBytes = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => (uint32(0) & flag) !== 0).length;
      // An entry without fields of its own takes no bytes.
      return uint32(4) <= MAX_FRAGMENT_SAMPLES && holds(uint32(4), entryBytes);
    }
    default:
      return true;
  }
}

const isRising = (offsets: readonly number[]): boolean =>
  offsets.every((offset, i) => i === 0 || offset > (offsets[i - 1] ?? 0));

function chunkOffsets(body: Uint8Array, width: 4 | 8): number[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return Array.from({ length: view.getUint32(4) }, (_, i) =>
    width === 4 ? view.getUint32(8 + i * 4) : Number(view.getBigUint64(8 + i * 8)),
  );
}

/** Adds `distance` to where each chunk of samples lies, as the index now stands before them. */
export function moveSamples(index: Uint8Array, distance: number): void {
  for (const { type, body } of boxesWithin(index)) {
    if (type !== 'stco' && type !== 'co64') continue;
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    chunkOffsets(body, type === 'stco' ? 4 : 8).forEach((offset, i) => {
      if (type === 'co64') view.setBigUint64(8 + i * 8, BigInt(offset + distance));
      else if (offset + distance <= 0xffffffff) view.setUint32(8 + i * 4, offset + distance);
      else throw new CodecError('chunk offset beyond 4 GB');
    });
  }
}
