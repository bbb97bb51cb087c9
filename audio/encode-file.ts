/**
 * Opus in Ogg, AAC in ADTS and FLAC, made while the samples come: nothing is written back into what has gone out.
 * Mediabunny writes the files, libopus, FFmpeg and libFLAC encode, all in WebAssembly; the last two in a thread each.
 */
import { registerAacEncoder } from '@mediabunny/aac-encoder';
import { registerFlacEncoder } from '@mediabunny/flac-encoder';
import {
  AdtsOutputFormat,
  AppendOnlyStreamTarget,
  AudioSample,
  AudioSampleSource,
  FlacOutputFormat,
  OggOutputFormat,
  Output,
  Quality,
  registerEncoder,
  type AudioEncodingConfig,
  type OutputFormat,
} from 'mediabunny';
import { OpusEncoder } from './opus.ts';
import { floatToPcm16 } from './wav.ts';

registerEncoder(OpusEncoder);
registerAacEncoder();
registerFlacEncoder();

export type FileFormat = 'opus' | 'aac' | 'flac';

/** A page is sent once it is whole: a listener waits for no more than this. */
const OGG_PAGE_SECONDS = 0.2;

/** Bits a second, plenty for mono speech. */
const OPUS_BITRATE = 48_000;
const AAC_BITRATE = 64_000;

const KINDS: Readonly<Record<FileFormat, { container: () => OutputFormat; encoding: AudioEncodingConfig }>> = {
  opus: {
    container: () => new OggOutputFormat({ maximumPageDuration: OGG_PAGE_SECONDS }),
    encoding: { codec: 'opus', quality: new Quality({ bitrate: OPUS_BITRATE }) },
  },
  aac: {
    container: () => new AdtsOutputFormat(),
    encoding: { codec: 'aac', quality: new Quality({ bitrate: AAC_BITRATE }) },
  },
  flac: { container: () => new FlacOutputFormat({ appendOnly: true }), encoding: { codec: 'flac' } },
};

export interface EncodeFileOptions {
  format: FileFormat;
  /** Hz, of the samples and of the file: 8, 16, 24 or 48 kHz, which every format has. */
  sampleRate: 8000 | 16_000 | 24_000 | 48_000;
}

/**
 * Mono samples in [-1, 1] as the bytes of a file; none where there is no sample. FLAC holds 16 bits and no length, which
 * was not known when its header went out. Ending early frees the encoder, as soon as `blocks` gives its next or fails.
 */
export async function* encodeFile(
  blocks: AsyncIterable<Float32Array>,
  { format, sampleRate }: EncodeFileOptions,
): AsyncGenerator<Buffer> {
  const { container, encoding } = KINDS[format];
  const written = toBuffers();
  const output = new Output({ format: container(), target: new AppendOnlyStreamTarget(written.writable) });
  const source = new AudioSampleSource(encoding);
  output.addAudioTrack(source);
  let isRead = true;
  const feeding = feed().finally(written.end);
  // It is awaited below, once what it wrote has been read.
  feeding.catch(() => undefined);
  try {
    yield* written.read();
  } finally {
    isRead = false;
    await feeding;
  }

  async function feed(): Promise<void> {
    let position = 0;
    try {
      for await (const block of blocks) {
        if (!isRead) break;
        if (block.length === 0) continue;
        // Its header would promise audio that may never come: the file starts with the first sample.
        if (position === 0) await output.start();
        const sample = toSample(block, format, sampleRate, position / sampleRate);
        position += block.length;
        await source.add(sample);
        sample.close();
      }
      if (position > 0 && isRead) await output.finalize();
    } finally {
      // It frees the encoder first, then closes a stream that may be closed already, of which it complains.
      if (output.state !== 'finalized') await output.cancel().catch(() => undefined);
    }
  }
}

function toSample(block: Float32Array, format: FileFormat, sampleRate: number, timestamp: number): AudioSample {
  const shape = { sampleRate, timestamp, numberOfChannels: 1 };
  // The samples' own width is the FLAC's.
  if (format === 'flac') return new AudioSample({ ...shape, format: 's16', data: floatToPcm16(block) });
  return new AudioSample({ ...shape, format: 'f32', data: block });
}

interface WrittenBytes {
  writable: WritableStream<Uint8Array>;
  /** What is written, as it comes; to be read once. */
  read: () => AsyncGenerator<Buffer>;
  /** Ends `read`, whatever became of the output. */
  end: () => void;
}

/**
 * What an output writes, to be read while it does: it writes on once the last has been read. Unlike a `TransformStream`
 * it takes what is written when nobody reads any more: one that fails then rejects promises of Mediabunny's that nobody
 * awaits, which would end the process.
 */
function toBuffers(): WrittenBytes {
  let waiting: Buffer[] = [];
  let hasEnded = false;
  let isRead = true;
  let wakeReader = (): void => undefined;
  let wakeWriter = (): void => undefined;
  const writable = new WritableStream<Uint8Array>({
    write: async ({ buffer, byteOffset, byteLength }) => {
      if (!isRead) return;
      waiting.push(Buffer.from(buffer, byteOffset, byteLength));
      const taken = new Promise<void>((resolve) => (wakeWriter = resolve));
      wakeReader();
      await taken;
    },
  });
  async function* read(): AsyncGenerator<Buffer> {
    try {
      while (waiting.length > 0 || !hasEnded) {
        if (waiting.length === 0) await new Promise<void>((resolve) => (wakeReader = resolve));
        const taken = waiting;
        waiting = [];
        wakeWriter();
        yield* taken;
      }
    } finally {
      isRead = false;
      wakeWriter();
    }
  }
  const end = (): void => {
    hasEnded = true;
    wakeReader();
  };
  return { writable, read, end };
}
