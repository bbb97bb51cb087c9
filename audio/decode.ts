/**
 * Recordings of any common format as a stream of mono 16 kHz samples, in bounded memory.
 *
 * Codecs run in WebAssembly on the caller's thread, about half a second of audio at a time (1 to 4 ms), with the event loop
 * let through in between. A thread of its own would spare those and cost 50 MB; 500 times real time needs none.
 */
import { setImmediate as eventLoop } from 'node:timers/promises';
import type { AudioData } from 'audio-decode';
import { SynapscribeError } from '../protocol/errors.ts';
import { sliceBound, type SliceBound } from './decode-bound.ts';
import { ByteSource } from './decode-bytes.ts';
import { Codec, CodecError, flacInfo } from './decode-codec.ts';
import { endsAmidSound, StreamTail } from './decode-ending.ts';
import { formatOf, HEAD_BYTES, wavData, type AudioFormat } from './decode-format.ts';
import { orderMp4, type Reopen } from './decode-mp4.ts';
import { id3Length } from './id3.ts';
import { Resampler } from './resample.ts';

/** The rate that the model hears. */
export const SAMPLE_RATE = 16_000;
/** No block is longer: one second. */
const BLOCK_SAMPLES = SAMPLE_RATE;

/** What one call of a codec is to give: short enough not to hold the event loop up. */
const SLICE_SECONDS = 0.5;
const MIN_SLICE_BYTES = 1024;
const FIRST_SLICE_BYTES = 4096;
/** A file of which so many bytes in a row give no sound is no recording. */
const MAX_SILENT_BYTES = 32_000_000;

export interface DecodeOptions {
  /** A longer recording is refused as soon as it has run this long. */
  maxSeconds: number;
  signal?: AbortSignal;
  /** Reads the file again from an offset, which spares holding an MP4 whose index comes last in memory. */
  reopen?: Reopen;
}

export interface DecodeSummary {
  format: AudioFormat;
  /** Length of what was decoded. */
  seconds: number;
  /** The file breaks off, or could not be read on: there was more, or should have been. */
  truncated: boolean;
}

const UNSUPPORTED = 'This file is not a recording that can be read. Please use MP3, M4A, WAV, WebM, Ogg or FLAC.';
const NO_SOUND = 'There is no sound in this recording.';

/**
 * Decodes to mono blocks of at most a second. What is broken or breaks off is decoded up to there, and told so in the
 * summary, which is the generator's return value.
 * @throws SynapscribeError `unsupported_audio` for what is no recording, has no sound or is broken from its beginning;
 *   `audio_too_long`
 * @throws whatever the source throws, and the signal's reason
 */
export async function* decodeAudio(
  source: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
): AsyncGenerator<Float32Array, DecodeSummary> {
  const bytes = new ByteSource(source, options.signal);
  let codec: Codec | undefined;
  try {
    const mixer = new Mixer(options.maxSeconds);
    const tail = new StreamTail();
    let input: Input | undefined;
    let truncated = false;
    try {
      input = await openInput(bytes, options.reopen);
      codec = await Codec.open(input.format);
      for await (const audio of decodeSlices(codec, input, tail, options.signal)) {
        for (const block of mixer.add(audio)) {
          yield block;
          await eventLoop();
          options.signal?.throwIfAborted();
        }
      }
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      if (mixer.seconds === 0) throw new SynapscribeError('unsupported_audio', soundMessage(error), { cause: error });
      truncated = true;
    }
    if (input === undefined || mixer.seconds === 0) throw new SynapscribeError('unsupported_audio', NO_SOUND);
    yield* mixer.flush();
    truncated ||= bytes.position < input.soundEnd || mixer.seconds < input.seconds - 1;
    truncated ||= input.bound.endsAmid?.() ?? endsAmidSound(input.format, tail.bytes);
    return { format: input.format, seconds: mixer.seconds, truncated };
  } finally {
    codec?.free();
    bytes.close();
  }
}

/** The WebM codec says "not a WebM file", which we know that it is, where it finds no track of sound. */
const soundMessage = ({ message }: CodecError): string =>
  /no audio track|not a webm file/i.test(message) ? NO_SOUND : UNSUPPORTED;

interface Input {
  format: AudioFormat;
  /** Given to the codec first, in one part if it holds no sound. */
  header: Uint8Array;
  body: ByteSource;
  /** Of what one call of the codec gives out. */
  bound: SliceBound;
  /** The file says that its sound reaches up to this byte; 0 where it does not say. */
  soundEnd: number;
  /** The file says that it is this long; 0 where it does not say. */
  seconds: number;
}

async function openInput(bytes: ByteSource, reopen: Reopen | undefined): Promise<Input> {
  // Tags may follow one another; a cover picture can be megabytes.
  for (let tags = 0; tags < 4; tags++) await bytes.skip(id3Length(await bytes.peek(10)));
  const head = await bytes.peek(HEAD_BYTES);
  if (head.length === 0) throw new SynapscribeError('unsupported_audio', 'The recording is empty.');
  const format = formatOf(head);
  if (format === undefined) throw new SynapscribeError('unsupported_audio', UNSUPPORTED);

  const input = { format, header: new Uint8Array(), body: bytes, soundEnd: 0, seconds: 0 };
  if (format === 'm4a') {
    const { header, body, soundEnd } = await orderMp4(bytes, reopen);
    return { ...input, header, body: new ByteSource(body), bound: sliceBound(format, header), soundEnd };
  }
  const bound = sliceBound(format, head);
  if (format === 'webm') {
    // The codec wants the tracks within its first piece; the sound begins with the first cluster.
    const cluster = Buffer.from(head).indexOf('1f43b675', 'hex');
    return { ...input, bound, header: await bytes.read(cluster < 0 ? head.length : cluster) };
  }
  if (format === 'wav') {
    const data = wavData(head);
    const known = data !== undefined && data.bytes > 0 && data.bytes < 0xffffffff;
    return { ...input, bound, soundEnd: known ? bytes.position + data.start + data.bytes : 0 };
  }
  const info = format === 'flac' && head[0] === 0x66 ? flacInfo(head) : undefined;
  if (info !== undefined) {
    await skipFlacMetadata(bytes);
    return { ...input, bound, header: info.header, seconds: info.seconds };
  }
  return { ...input, bound };
}

async function skipFlacMetadata(bytes: ByteSource): Promise<void> {
  await bytes.skip(4);
  for (;;) {
    const [type = 0x80, high = 0, middle = 0, low = 0] = await bytes.read(4);
    await bytes.skip(high * 65_536 + middle * 256 + low);
    if ((type & 0x80) !== 0) return;
  }
}

/** What the codec gives for slice after slice, each as long as gives about `SLICE_SECONDS`, and no more than the bound allows. */
async function* decodeSlices(
  codec: Codec,
  { header, body, bound }: Input,
  tail: StreamTail,
  signal: AbortSignal | undefined,
): AsyncGenerator<AudioData> {
  let sliceBytes = FIRST_SLICE_BYTES;
  let silentBytes = 0;
  for (let rest = header; rest.length > 0;) {
    const length = bound.take(rest, true);
    yield await codec.decode(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  for (;;) {
    signal?.throwIfAborted();
    const ahead = await body.peek(sliceBytes);
    if (ahead.length === 0) break;
    const slice = await body.read(bound.take(ahead, ahead.length < sliceBytes));
    tail.add(slice);
    const audio = await codec.decode(slice);
    const seconds = secondsOf(audio);
    // Where nothing comes the codec waits for more, and copies what it holds each time: then larger slices are cheaper.
    const growth = seconds === 0 ? 2 : Math.min(4, SLICE_SECONDS / seconds);
    sliceBytes = Math.round(Math.min(bound.maxBytes, Math.max(MIN_SLICE_BYTES, slice.length * growth)));
    silentBytes = seconds === 0 ? silentBytes + slice.length : 0;
    if (silentBytes > MAX_SILENT_BYTES) throw new CodecError('no sound in the first 32 MB');
    if (seconds > 0) yield audio;
    await eventLoop();
  }
  yield await codec.end();
}

const secondsOf = ({ channelData, sampleRate }: AudioData): number =>
  sampleRate > 0 ? (channelData[0]?.length ?? 0) / sampleRate : 0;

/** Channels mixed to one and resampled; the rate may change from one piece to the next. */
class Mixer {
  seconds = 0;
  readonly #maxSeconds: number;
  #resampler: Resampler | undefined;
  #rate = 0;

  constructor(maxSeconds: number) {
    this.#maxSeconds = maxSeconds;
  }

  *add(audio: AudioData): Generator<Float32Array> {
    const seconds = secondsOf(audio);
    if (seconds === 0) return;
    if (this.seconds + seconds > this.#maxSeconds) {
      throw new SynapscribeError('audio_too_long', `The recording is longer than ${spoken(this.#maxSeconds)}.`);
    }
    if (audio.sampleRate !== this.#rate) {
      yield* this.flush();
      this.#resampler = resamplerFrom(audio.sampleRate);
      this.#rate = audio.sampleRate;
    }
    const resampler = this.#resampler;
    if (resampler === undefined) return;
    this.seconds += seconds;
    const length = audio.channelData[0]?.length ?? 0;
    for (let at = 0; at < length; at += audio.sampleRate) {
      yield* blocks(resampler.process(mono(audio.channelData, at, Math.min(length, at + audio.sampleRate))));
    }
  }

  *flush(): Generator<Float32Array> {
    if (this.#resampler !== undefined) yield* blocks(this.#resampler.flush());
    this.#resampler = undefined;
    this.#rate = 0;
  }
}

function resamplerFrom(sampleRate: number): Resampler {
  try {
    return new Resampler(sampleRate, SAMPLE_RATE);
  } catch (error) {
    throw new CodecError(`sample rate ${sampleRate}`, { cause: error });
  }
}

function* blocks(samples: Float32Array): Generator<Float32Array> {
  for (let at = 0; at < samples.length; at += BLOCK_SAMPLES) yield samples.slice(at, at + BLOCK_SAMPLES);
}

/** Two channels whose mean is so much weaker than they are cancel each other out: 20 dB. */
const CANCELLED = 0.01;

/**
 * The mean of the channels, or the first where two cancel each other out, as a miswired microphone's do. Float formats can
 * hold anything: what is no sound becomes silence.
 */
function mono(channels: readonly Float32Array[], from: number, to: number): Float32Array {
  const mixed = meanOf(channels, from, to);
  const [first] = channels;
  if (channels.length !== 2 || first === undefined) return mixed;
  const alone = meanOf([first], from, to);
  return energyOf(mixed) < CANCELLED * energyOf(alone) ? alone : mixed;
}

const energyOf = (samples: Float32Array): number => {
  let energy = 0;
  for (const value of samples) energy += value * value;
  return energy;
};

function meanOf(channels: readonly Float32Array[], from: number, to: number): Float32Array {
  const mean = new Float32Array(to - from);
  for (const channel of channels) {
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] ?? 0) + (channel[from + i] ?? 0) / channels.length;
  }
  for (let i = 0; i < mean.length; i++) {
    const value = mean[i] ?? 0;
    mean[i] = Number.isNaN(value) ? 0 : Math.max(-4, Math.min(4, value));
  }
  return mean;
}

/** A length in words: `4 hours`, `90 seconds`. */
export function spoken(seconds: number): string {
  const units: readonly [number, string][] = [
    [3600, 'hour'],
    [60, 'minute'],
  ];
  const [size, unit] = units.find(([length]) => seconds >= 2 * length && seconds % length === 0) ?? [1, 'second'];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
