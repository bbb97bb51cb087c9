/** Opus by libopus in WebAssembly, as Mediabunny takes an encoder: mono samples in, packets of 20 ms out. */
import { Application, createEncoder, type OpusEncoderHandle, type SampleRate } from 'libopus-wasm';
import { CustomAudioEncoder, EncodedPacket, type AudioCodec, type AudioSample } from 'mediabunny';

/** Opus counts in these, whatever the rate of the samples. */
const OPUS_RATE = 48_000;
const RATES: readonly SampleRate[] = [8000, 12_000, 16_000, 24_000, 48_000];
const FRAME_SECONDS = 0.02;
/** Of 10. Beyond it speech sounds no better and takes twice the time. */
const COMPLEXITY = 5;

/** Register with Mediabunny's `registerEncoder`. */
export class OpusEncoder extends CustomAudioEncoder {
  #opus: OpusEncoderHandle | undefined;
  #frame = new Float32Array(0);
  /** Samples in `#frame`. */
  #filled = 0;
  /** Samples that came in. */
  #taken = 0;
  /** Samples that went out, those that a decoder skips at the start included. */
  #given = 0;

  static override supports(codec: AudioCodec, config: { sampleRate: number; numberOfChannels: number }): boolean {
    return codec === 'opus' && config.numberOfChannels === 1 && opusRate(config.sampleRate) !== undefined;
  }

  override async init(): Promise<void> {
    const sampleRate = opusRate(this.config.sampleRate);
    if (sampleRate === undefined) throw new Error(`Opus has no sample rate of ${this.config.sampleRate} Hz.`);
    this.#opus = await createEncoder({
      sampleRate,
      channels: 1,
      // CELT alone: the modes for speech are for half the bits, take five times the time and as much code to warm up.
      application: Application.RestrictedLowDelay,
      complexity: COMPLEXITY,
      frameSize: sampleRate * FRAME_SECONDS,
      ...(this.config.bitrate !== undefined && { bitrate: this.config.bitrate }),
    });
    this.#frame = new Float32Array(this.#opus.frameSize);
  }

  override encode(sample: AudioSample): void {
    const samples = new Float32Array(sample.numberOfFrames);
    sample.copyTo(samples, { format: 'f32-planar', planeIndex: 0 });
    this.#taken += samples.length;
    this.#take(samples);
  }

  /** The encoder is late by its lookahead: so much silence drives the last sound out, and what is over is trimmed. */
  override flush(): void {
    const opus = this.#open();
    const end = this.#taken + opus.getLookahead();
    while (this.#given < end) {
      this.#frame.fill(0, this.#filled);
      this.#emit(Math.min(this.#frame.length, end - this.#given));
    }
  }

  override close(): void {
    this.#opus?.free();
    this.#opus = undefined;
  }

  #take(samples: Float32Array): void {
    for (let at = 0; at < samples.length;) {
      const part = samples.subarray(at, at + this.#frame.length - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#frame.length) this.#emit(this.#frame.length);
    }
  }

  /** @param length the samples of this packet that a decoder is to give; fewer than it holds for the last only */
  #emit(length: number): void {
    const opus = this.#open();
    const { sampleRate } = opus;
    const packet = new EncodedPacket(
      opus.encodeFloat(this.#frame),
      'key',
      this.#given / sampleRate,
      length / sampleRate,
    );
    const first = this.#given === 0;
    this.#filled = 0;
    this.#given += length;
    this.onPacket(packet, first ? { decoderConfig: this.#decoderConfig(opus) } : undefined);
  }

  #decoderConfig(opus: OpusEncoderHandle): {
    codec: string;
    sampleRate: number;
    numberOfChannels: 1;
    description: Buffer;
  } {
    const { sampleRate } = opus;
    const preSkip = (opus.getLookahead() * OPUS_RATE) / sampleRate;
    return { codec: 'opus', sampleRate: OPUS_RATE, numberOfChannels: 1, description: opusHead(preSkip, sampleRate) };
  }

  #open(): OpusEncoderHandle {
    if (this.#opus === undefined) throw new Error('This Opus stream has ended.');
    return this.#opus;
  }
}

function opusRate(sampleRate: number): SampleRate | undefined {
  return RATES.find((rate) => rate === sampleRate);
}

/**
 * The identification header of a mono stream. Source: RFC 7845, section 5.1.
 * @param preSkip samples at 48 kHz that a decoder throws away at the start
 */
function opusHead(preSkip: number, inputRate: number): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head.writeUInt8(1, 8);
  head.writeUInt8(1, 9);
  head.writeUInt16LE(preSkip, 10);
  head.writeUInt32LE(inputRate, 12);
  return head;
}
