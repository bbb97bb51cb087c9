/**
 * What the blocks of WebM can give, walked across cuts as the codec (@audio/decode-webm) walks them. Source: RFC 9559.
 */
import { CodecError } from './decode-codec.ts';

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;
/** Of a block: the track's number of up to 8 bytes, a time, flags and, with lacing, how many frames follow, less one. */
const BLOCK_HEADER_BYTES = 8 + 2 + 1 + 1;
/** Of an element: an id of up to 4 bytes, a size of up to 8. */
const ELEMENT_HEADER_BYTES = 12;

export interface WebmLimits {
  /** What a frame gives at most; all in samples, of all channels. */
  frame: number;
  /** What is to be given at once. */
  slice: number;
  /** What a block, or a group of blocks, may give. */
  unit: number;
}

/** Where the walk stands, relative to the bytes that come next. */
interface Place {
  at: number;
  /** Where the group of blocks ends that it is in; `Infinity` outside of one. */
  groupEnd: number;
  /** What that group gives, which comes when it ends. */
  groupSamples: number;
  /** The codec reads no further. */
  isStuck: boolean;
}

const OUTSIDE = { groupEnd: Infinity, groupSamples: 0 };

export class WebmBlocks {
  readonly #limits: WebmLimits;
  #place: Place = { at: 0, ...OUTSIDE, isStuck: false };

  constructor(limits: WebmLimits) {
    this.#limits = limits;
  }

  /**
   * How many of `bytes` may be given next, at least one, and within the header of no block.
   * @throws CodecError for a block, or a group of them, that gives more than it may
   */
  reach(bytes: Uint8Array, isLast: boolean): number {
    return this.#walk(bytes, isLast).at;
  }

  /** Passes over `bytes`, which are given. */
  pass(bytes: Uint8Array): void {
    const { at, place } = this.#walk(bytes, true);
    this.#place = { ...place, at: place.at - at, groupEnd: place.groupEnd - at };
  }

  /** Whether what was passed ends amid an element: more of it was to come. */
  get endsAmid(): boolean {
    return !this.#place.isStuck && this.#place.at !== 0;
  }

  /** Up to which byte, and where the walk stands then. */
  #walk(bytes: Uint8Array, isLast: boolean): { at: number; place: Place } {
    let place = { ...this.#place };
    if (place.at < 0) throw new CodecError('cut within the header of an element');
    let samples = 0;
    while (!place.isStuck && place.at < bytes.length) {
      if (place.at >= place.groupEnd) place = { ...place, at: place.groupEnd, ...OUTSIDE };
      const { at } = place;
      if (!isLast && at > 0 && at + ELEMENT_HEADER_BYTES + BLOCK_HEADER_BYTES > bytes.length) return { at, place };
      const element = elementAt(bytes, at);
      if (element === undefined) {
        // The codec leaves a group that is broken, and waits for ever outside of one.
        if (place.groupEnd === Infinity) place.isStuck = at + ELEMENT_HEADER_BYTES <= bytes.length;
        else place.at = place.groupEnd;
        if (place.groupEnd === Infinity) break;
        continue;
      }
      const gives = framesOf(bytes, element) * this.#limits.frame;
      if (gives > 0 && at > 0 && samples + gives > this.#limits.slice) return { at, place };
      samples += gives;
      if (gives + place.groupSamples > this.#limits.unit) throw new CodecError('more sound than any recording has');
      place = step(place, element, gives);
    }
    return { at: bytes.length, place };
  }
}

/** Behind `element`, or within it. */
function step(place: Place, { id, size, body }: Element, gives: number): Place {
  const isInGroup = place.groupEnd !== Infinity;
  if (isInGroup) {
    const at = size < 0 ? place.groupEnd : body + size;
    return { ...place, at, groupSamples: place.groupSamples + gives };
  }
  if (id === SEGMENT || id === CLUSTER || (id === BLOCK_GROUP && size < 0)) return { ...place, at: body };
  if (size < 0) return { ...place, isStuck: true };
  if (id === BLOCK_GROUP) return { ...place, at: body, groupEnd: body + size, groupSamples: 0 };
  return { ...place, at: body + size };
}

interface Element {
  id: number;
  /** -1 where it is not known. */
  size: number;
  body: number;
}

/** `undefined` where there is no header, or not all of it. */
function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const idBytes = Math.clz32((bytes[at] ?? 0) << 24) + 1;
  const sizeAt = at + idBytes;
  const sizeBytes = Math.clz32((bytes[sizeAt] ?? 0) << 24) + 1;
  const body = sizeAt + sizeBytes;
  if (idBytes > 4 || sizeBytes > 8 || body > bytes.length) return undefined;
  const id = numberAt(bytes.subarray(at, sizeAt), 0xff);
  const size = numberAt(bytes.subarray(sizeAt, body), 0xff >> sizeBytes);
  return { id, size: size === 2 ** (7 * sizeBytes) - 1 ? -1 : size, body };
}

/** The first byte masked: with its mark, a number of 8 bytes would not be exact. */
const numberAt = (bytes: Uint8Array, mask: number): number =>
  bytes.reduce((value, byte, i) => value * 256 + (i === 0 ? byte & mask : byte), 0);

/** How many frames a block holds; 0 for what is no block. */
function framesOf(bytes: Uint8Array, { id, body }: Element): number {
  if (id !== BLOCK && id !== SIMPLE_BLOCK) return 0;
  const flagsAt = body + Math.clz32((bytes[body] ?? 0) << 24) + 1 + 2;
  const isLaced = ((bytes[flagsAt] ?? 0) & 0x06) !== 0;
  return isLaced ? (bytes[flagsAt + 1] ?? 0) + 1 : 1;
}
