/** MP3 by LAME in WebAssembly, as a stream: mono samples in, frames out. */
import { createMp3Encoder, type WasmMediaEncoder } from 'wasm-media-encoders';

export interface Mp3Options {
  /** Hz, of the samples and of the MP3. */
  sampleRate: 8000 | 11025 | 12000 | 16000 | 22050 | 24000 | 32000 | 44100 | 48000;
  /** Constant bit rate in kbit/s; 64 unless told, which is plenty for mono speech. */
  kilobits?: 32 | 40 | 48 | 64 | 80 | 96 | 112 | 128;
}

type Lame = WasmMediaEncoder<'audio/mpeg'>;

/** An encoder owns 16 MB and takes 10 ms to make, so a few are kept for the next stream. */
const MAX_IDLE = 4;
const idle: Lame[] = [];

/** LAME's input buffer never shrinks again: 1 s at 24 kHz a call bounds it. */
const MAX_SAMPLES_A_CALL = 24_000;

/**
 * One MP3 stream. Every buffer but the last holds whole frames, and all of them joined are the file; there is no
 * length in a header to go back to. Call `finish` or `discard` once, so that the encoder can serve again.
 */
export class Mp3Encoder {
  #lame: Lame | undefined;

  private constructor(lame: Lame, { sampleRate, kilobits = 64 }: Mp3Options) {
    lame.configure({ channels: 1, sampleRate, outputSampleRate: sampleRate, bitrate: kilobits });
    this.#lame = lame;
  }

  static async create(options: Mp3Options): Promise<Mp3Encoder> {
    return new Mp3Encoder(idle.pop() ?? (await createMp3Encoder()), options);
  }

  /** Samples in [-1, 1], or signed 16-bit. The result is empty while LAME waits for more. */
  encode(samples: Float32Array | Int16Array): Buffer {
    const lame = this.#open();
    const floats = samples instanceof Int16Array ? Float32Array.from(samples, (sample) => sample / 0x8000) : samples;
    const frames: Buffer[] = [];
    for (let start = 0; start < floats.length; start += MAX_SAMPLES_A_CALL) {
      frames.push(Buffer.from(lame.encode([floats.subarray(start, start + MAX_SAMPLES_A_CALL)])));
    }
    return Buffer.concat(frames);
  }

  /** The frames still inside. */
  finish(): Buffer {
    const rest = Buffer.from(this.#open().finalize());
    this.discard();
    return rest;
  }

  /** Gives the encoder back without its last frames. May be called again, and after `finish`. */
  discard(): void {
    if (this.#lame !== undefined && idle.length < MAX_IDLE) idle.push(this.#lame);
    this.#lame = undefined;
  }

  #open(): Lame {
    if (this.#lame === undefined) throw new Error('This MP3 stream has ended.');
    return this.#lame;
  }
}

/** A whole MP3 file of mono samples. */
export async function encodeMp3(samples: Float32Array | Int16Array, options: Mp3Options): Promise<Buffer> {
  const encoder = await Mp3Encoder.create(options);
  return Buffer.concat([encoder.encode(samples), encoder.finish()]);
}
