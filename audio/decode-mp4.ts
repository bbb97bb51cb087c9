/**
 * MP4 files made ready for a decoder that reads them front to back: the index (`moov`) first, as it often stands last,
 * and nothing in it that would make the decoder allocate without bound. Source: ISO/IEC 14496-12.
 */
import { SynapscribeError } from '../protocol/errors.ts';
import { ByteSource } from './decode-bytes.ts';
import { CodecError } from './decode-codec.ts';
import { boxAt, hasBox, moveSamples, tablesHold, type Box } from './decode-mp4-boxes.ts';

/** Reads the file again from a byte offset; gives nothing from its end on. */
export type Reopen = (from: number) => AsyncIterable<Uint8Array>;

export interface OrderedMp4 {
  /** To be given to the decoder in one part. */
  header: Uint8Array;
  body: AsyncIterable<Uint8Array>;
  /** The sound is whole if the source has this many bytes. */
  soundEnd: number;
}

/** A four-hour lecture's index takes about 5 MB. */
const MAX_INDEX_BYTES = 32_000_000;
const MAX_FRAGMENT_INDEX_BYTES = 4_000_000;
/** Before the index, besides the sound. */
const MAX_PRELUDE_BYTES = 1_000_000;
/** Sound held in memory where the file cannot be read again. */
const MAX_HELD_BYTES = 64_000_000;

const BROKEN = 'The recording is damaged: its index cannot be read.';
const UNFINISHED = 'The recording was not finished properly: its index is missing. Please export it again.';

/**
 * Takes the boxes of `bytes` up to the sound. Where the index comes after it, it is fetched through `reopen`; without
 * that, up to 64 MB of sound are held.
 * @throws SynapscribeError `unsupported_audio` for an index that is missing, broken or too large
 */
export async function orderMp4(bytes: ByteSource, reopen?: Reopen): Promise<OrderedMp4> {
  const before: Uint8Array[] = [];
  let beforeBytes = 0;
  let held = 0;
  let soundEnd = 0;
  for (;;) {
    const box = await peekBox(bytes);
    if (box === undefined) throw new SynapscribeError('unsupported_audio', UNFINISHED);
    const boxStart = bytes.position;
    if (box.type === 'moov') {
      const index = await readIndex(bytes, box);
      if (held === 0) return withIndexFirst(bytes, before, index, boxStart);
      moveSamples(index, index.length);
      return { header: index, body: joined(before, bytes.stream()), soundEnd };
    }
    if (box.type === 'mdat') {
      soundEnd = boxStart + box.size;
      if (reopen !== undefined && Number.isFinite(soundEnd)) {
        const index = await findIndex(reopen, soundEnd);
        moveSamples(index, index.length);
        return { header: index, body: joined(before, bytes.stream()), soundEnd };
      }
      held += box.size;
    }
    beforeBytes += box.size;
    if (held > MAX_HELD_BYTES || beforeBytes - held > MAX_PRELUDE_BYTES) {
      throw new SynapscribeError('unsupported_audio', held === Infinity ? UNFINISHED : BROKEN);
    }
    before.push((await bytes.read(box.size)).slice());
  }
}

async function* joined(before: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* before;
  yield* rest;
}

async function withIndexFirst(
  bytes: ByteSource,
  before: readonly Uint8Array[],
  index: Uint8Array,
  indexStart: number,
): Promise<OrderedMp4> {
  const header = Buffer.concat([...before, index]);
  if (hasBox(index, 'mvex')) return { header, body: checkedFragments(bytes), soundEnd: 0 };
  return { header, body: bytes.stream(), soundEnd: indexStart + index.length + soundReach(await bytes.peek(4096)) };
}

/** How far the sound reaches that begins within `head`, padding before it included; 0 where it does not say. */
function soundReach(head: Uint8Array): number {
  let at = 0;
  for (let box = boxAt(head, at); box !== undefined && Number.isFinite(box.size); box = boxAt(head, at)) {
    at += box.size;
    if (box.type === 'mdat') return at;
    if (at + 8 > head.length) break;
  }
  return 0;
}

/** The boxes after the index of a fragmented file, each fragment's own index checked. */
async function* checkedFragments(bytes: ByteSource): AsyncGenerator<Uint8Array> {
  for (let box = await peekBox(bytes); box !== undefined; box = await peekBox(bytes)) {
    if (box.type !== 'moof') {
      yield* bytes.stream(box.size);
      continue;
    }
    if (box.size > MAX_FRAGMENT_INDEX_BYTES) throw new CodecError('huge fragment index');
    const fragment = await bytes.read(box.size);
    if (fragment.length < box.size || !tablesHold(fragment)) throw new CodecError('broken fragment index');
    yield fragment;
  }
}

async function findIndex(reopen: Reopen, from: number): Promise<Uint8Array> {
  let at = from;
  // A box or two may stand between the sound and the index.
  for (let jumps = 0; jumps < 16; jumps++) {
    const rest = new ByteSource(reopen(at));
    try {
      const box = await peekBox(rest);
      if (box === undefined || !Number.isFinite(box.size)) break;
      if (box.type === 'moov') return await readIndex(rest, box);
      at += box.size;
    } finally {
      rest.close();
    }
  }
  throw new SynapscribeError('unsupported_audio', UNFINISHED);
}

async function peekBox(bytes: ByteSource): Promise<Box | undefined> {
  const header = await bytes.peek(16);
  return header.length < 8 ? undefined : boxAt(header, 0);
}

/** The whole `moov`, checked, as a copy of its own. */
async function readIndex(bytes: ByteSource, box: Box): Promise<Uint8Array> {
  if (box.size > MAX_INDEX_BYTES) throw new SynapscribeError('unsupported_audio', BROKEN);
  const index = (await bytes.read(box.size)).slice();
  if (index.length < box.size) throw new SynapscribeError('unsupported_audio', UNFINISHED);
  if (!tablesHold(index)) throw new SynapscribeError('unsupported_audio', BROKEN);
  return index;
}
