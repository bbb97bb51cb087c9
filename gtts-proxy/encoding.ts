/** An answer's audio as the bytes of a file in the format asked for, made while the audio comes. */
import { encodeFile } from '../audio/encode-file.ts';
import { Mp3Encoder } from '../audio/mp3.ts';
import { floatToPcm16, wavHeader } from '../audio/wav.ts';
import { Admission } from './admission.ts';
import { toSamples } from './decode.ts';
import { SAMPLE_RATE, type AudioChunk } from './engine.ts';
import type { SpokenFormat } from './speech-request.ts';

/** What OpenAI's API answers with. */
export const MIME_TYPES: Readonly<Record<SpokenFormat, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/opus',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};

/** A WAV whose length is not known yet says that it is the longest possible, as OpenAI's do. */
const UNKNOWN_LENGTH = 0xffffffff;

/** Samples encoded in one go, half a second: the first bytes do not wait for a whole sentence's encoding. */
const SLICE = SAMPLE_RATE / 2;

/** An encoder of AAC or FLAC is a thread of 30 MB: sixteen at once were more than the container may have. */
const MAX_ENCODER_THREADS = 4;
const encoderThreads = new Admission(MAX_ENCODER_THREADS, Number.POSITIVE_INFINITY);

/**
 * No buffer is empty. MP3 that an engine made is passed on as it is; every other format is made from samples. AAC and
 * FLAC may wait for others to be done, until `signal` aborts.
 */
export async function* encode(
  audio: AsyncIterable<AudioChunk>,
  format: SpokenFormat,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const buffer of toFile(audio, format, signal)) if (buffer.length > 0) yield buffer;
}

function toFile(audio: AsyncIterable<AudioChunk>, format: SpokenFormat, signal: AbortSignal): AsyncIterable<Buffer> {
  switch (format) {
    case 'mp3':
      return toMp3(audio);
    case 'wav':
      return toWav(audio);
    case 'pcm':
      return toPcm(audio);
    case 'opus':
      return encodeFile(slices(toSamples(audio)), { format, sampleRate: SAMPLE_RATE });
    case 'aac':
    case 'flac':
      return encodeInThread(slices(toSamples(audio)), format, signal);
  }
}

async function* encodeInThread(
  blocks: AsyncIterable<Float32Array>,
  format: 'aac' | 'flac',
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const leave = await encoderThreads.enter(signal);
  try {
    yield* encodeFile(blocks, { format, sampleRate: SAMPLE_RATE });
  } finally {
    leave();
  }
}

async function* slices(blocks: AsyncIterable<Float32Array>): AsyncGenerator<Float32Array> {
  for await (const block of blocks) {
    for (let start = 0; start < block.length; start += SLICE) yield block.subarray(start, start + SLICE);
  }
}

async function* toMp3(audio: AsyncIterable<AudioChunk>): AsyncGenerator<Buffer> {
  let encoder: Mp3Encoder | undefined;
  try {
    for await (const chunk of audio) {
      if (chunk.encoding === 'mp3') {
        yield chunk.bytes;
        continue;
      }
      encoder ??= await Mp3Encoder.create({ sampleRate: SAMPLE_RATE });
      for (let start = 0; start < chunk.samples.length; start += SLICE) {
        yield encoder.encode(chunk.samples.subarray(start, start + SLICE));
      }
    }
    if (encoder !== undefined) yield encoder.finish();
  } finally {
    encoder?.discard();
  }
}

/** The header goes with the first samples: it alone would promise audio that may never come. */
async function* toWav(audio: AsyncIterable<AudioChunk>): AsyncGenerator<Buffer> {
  let header = wavHeader(SAMPLE_RATE, UNKNOWN_LENGTH);
  for await (const pcm of toPcm(audio)) {
    yield Buffer.concat([header, pcm]);
    header = Buffer.alloc(0);
  }
}

async function* toPcm(audio: AsyncIterable<AudioChunk>): AsyncGenerator<Buffer> {
  for await (const samples of toSamples(audio)) {
    const pcm = floatToPcm16(samples);
    yield Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  }
}
