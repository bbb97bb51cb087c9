/**
 * Whether a file that says nowhere how long it is ends amid a unit of its sound: then it was cut, and breaks off. Looked
 * for in its last bytes, with the frames of MP3 and ADTS and the pages of Ogg; WebM is walked anyway (`WebmBlocks`).
 */
import type { AudioFormat } from './decode-format.ts';
import { parseAdtsFrame, parseMp3Frame, type ParseFrame } from './mpeg-frame.ts';

/** A page of Ogg is no longer, a frame much shorter. */
const TAIL_BYTES = 27 + 255 + 255 * 255;
/** So many frames in a row are no accident. */
const MIN_CHAIN = 4;

/** The last bytes of a stream, at least `TAIL_BYTES` of them where there were so many. */
export class StreamTail {
  #parts: Uint8Array[] = [];
  #held = 0;

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#held += bytes.length;
    for (let first = this.#parts[0]; first !== undefined && this.#held - first.length >= TAIL_BYTES;) {
      this.#held -= first.length;
      this.#parts.shift();
      first = this.#parts[0];
    }
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** False also where the format does not tell. */
export function endsAmidSound(format: AudioFormat, tail: Buffer): boolean {
  switch (format) {
    case 'mp3':
      return endsAmidFrame(tail, parseMp3Frame);
    case 'aac':
      return endsAmidFrame(tail, parseAdtsFrame);
    case 'opus':
    case 'oga':
      return endsAmidPage(tail);
    default:
      return false;
  }
}

/** Tags, and whatever else may follow the last frame, do not count. */
function endsAmidFrame(tail: Buffer, parse: ParseFrame): boolean {
  for (let start = tail.indexOf(0xff); start >= 0;) {
    let at = start;
    let frames = 0;
    for (let frame = parse(tail, at); frame !== undefined; frame = parse(tail, at)) {
      at += frame.bytes;
      frames++;
    }
    const isChain = frames >= MIN_CHAIN;
    if (isChain && at !== tail.length) {
      if (at > tail.length) return true;
      // The header itself may be cut: four bytes, of which the first is all ones.
      if (tail.length - at < 4 && tail[at] === 0xff) return true;
    }
    start = tail.indexOf(0xff, isChain ? at : start + 1);
  }
  return false;
}

function endsAmidPage(tail: Buffer): boolean {
  const at = tail.lastIndexOf('OggS');
  if (at < 0) return false;
  const segments = tail[at + 26];
  if (segments === undefined || at + 27 + segments > tail.length) return true;
  const body = tail.subarray(at + 27, at + 27 + segments).reduce((sum, length) => sum + length, 0);
  return at + 27 + segments + body > tail.length;
}
