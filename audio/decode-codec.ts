/** The codecs of `audio-decode`, made safe to feed: quiet, with failures told apart, and fed in pieces they can take. */
import decode, { type AudioData, type StreamDecoder } from 'audio-decode';
import { SynapscribeError } from '../protocol/errors.ts';
import type { AudioFormat } from './decode-format.ts';
import { parseStreamInfo, STREAMINFO_BYTES } from './flac-stream-info.ts';

/** Thrown by a codec for what it cannot read: the file's fault. */
export class CodecError extends Error {
  override name = 'CodecError';
}

/** A codec for one stream. `free` may be called at any time, and more than once. */
export class Codec {
  readonly #decoder: StreamDecoder;

  private constructor(decoder: StreamDecoder) {
    this.#decoder = decoder;
  }

  static async open(format: AudioFormat): Promise<Codec> {
    return new Codec(await decode[format]());
  }

  /** @throws CodecError */
  decode(bytes: Uint8Array): Promise<AudioData> {
    return run(() => this.#decoder(bytes));
  }

  /** @throws CodecError */
  end(): Promise<AudioData> {
    return run(() => this.#decoder());
  }

  free(): void {
    this.#decoder.free();
  }
}

async function run(step: () => Promise<AudioData>): Promise<AudioData> {
  try {
    return await quietly(step);
  } catch (error) {
    if (error instanceof SynapscribeError) throw error;
    throw new CodecError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The MP3 codec tells the console of every broken frame, and has no option not to. Codecs run within the call itself. */
/* eslint-disable no-console -- taken away and given back, never used */
function quietly<T>(step: () => T): T {
  const { error } = console;
  console.error = () => undefined;
  try {
    return step();
  } finally {
    console.error = error;
  }
}
/* eslint-enable no-console */

/**
 * The length, at most that of `bytes`, at which FLAC may be cut: not within 16 bytes after what could begin a frame's
 * header. The codec (@audio/decode-flac 1.3) overlooks a header that two pieces share, and is a frame late from then on.
 */
export function flacCut(bytes: Uint8Array): number {
  for (let end = bytes.length; end > 16;) {
    const at = bytes.subarray(end - 16, end).lastIndexOf(0xff);
    if (at < 0) return end;
    end = end - 16 + at;
  }
  return bytes.length;
}

export interface FlacInfo {
  /** A whole stream header by itself, without what may follow: tags, cover pictures. */
  header: Uint8Array;
  /** Of the whole stream; 0 where not known. */
  seconds: number;
}

/** What FLAC's first metadata block says; `undefined` where it is not STREAMINFO. Source: RFC 9639, section 8. */
export function flacInfo(head: Uint8Array): FlacInfo | undefined {
  const info = parseStreamInfo(head);
  if (info === undefined) return undefined;
  const header = head.slice(0, STREAMINFO_BYTES);
  // No other metadata block follows this one.
  header[4] = 0x80;
  return { header, seconds: info.totalSamples / info.sampleRate };
}
