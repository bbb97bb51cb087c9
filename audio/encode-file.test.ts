import { describe, expect, it } from '@jest/globals';
import decode from 'audio-decode';
import { encodeFile, type FileFormat } from './encode-file.ts';
import { floatToPcm16 } from './wav.ts';

const SAMPLE_RATE = 24_000;
/** Not a whole number of any format's frames. */
const LENGTH = 31_337;

/** More than any format has before its first sound. */
const HEADER_BYTES = 500;

/** Sweeps from 100 Hz to 4 kHz, so that a sample out of its place is seen. */
const sweep = Float32Array.from(
  { length: LENGTH },
  (_, i) => 0.5 * Math.sin(2 * Math.PI * (100 + (1950 * i) / LENGTH) * (i / SAMPLE_RATE)),
);

/** `samples` in blocks, which `closed` tells to be over. */
function inBlocks(samples: Float32Array, size = 5000): { blocks: AsyncGenerator<Float32Array>; closed: () => boolean } {
  let closed = false;
  const blocks = (async function* () {
    try {
      for (let i = 0; i < samples.length; i += size) yield await Promise.resolve(samples.subarray(i, i + size));
    } finally {
      closed = true;
    }
  })();
  return { blocks, closed: () => closed };
}

async function encoded(format: FileFormat, blocks: AsyncIterable<Float32Array>): Promise<Buffer> {
  const buffers: Buffer[] = [];
  for await (const buffer of encodeFile(blocks, { format, sampleRate: SAMPLE_RATE })) buffers.push(buffer);
  return Buffer.concat(buffers);
}

describe('encodeFile', () => {
  it('keeps every sample in FLAC', async () => {
    const { channelData, sampleRate } = await decode(await encoded('flac', inBlocks(sweep).blocks));
    expect([channelData.length, sampleRate]).toEqual([1, SAMPLE_RATE]);
    expect(floatToPcm16(channelData[0] ?? new Float32Array())).toEqual(floatToPcm16(sweep));
  });

  it('gives Opus back at its own 48 kHz, exactly as long and in its place', async () => {
    const { channelData, sampleRate } = await decode(await encoded('opus', inBlocks(sweep).blocks));
    expect([channelData.length, sampleRate]).toEqual([1, 48_000]);
    const [heard = new Float32Array()] = channelData;
    expect(heard).toHaveLength(2 * LENGTH);
    const halved = Float32Array.from({ length: LENGTH }, (_, i) => heard[2 * i] ?? 0);
    expect(likeness(halved, sweep)).toBeGreaterThan(0.95);
  });

  it('frames AAC so that each frame names its rate, and none of the sound is lost', async () => {
    const file = await encoded('aac', inBlocks(sweep).blocks);
    let samples = 0;
    for (let at = 0; at < file.length; samples += 1024) {
      // ISO/IEC 14496-3, 1.A.2.2: sync word, AAC-LC at rate index 6 (24 kHz), one channel, length.
      expect(file.readUInt16BE(at) & 0xfff0).toBe(0xfff0);
      expect(file.readUInt16BE(at + 2) & 0xffc0).toBe(0x5840);
      at += (file.readUInt32BE(at + 3) >> 13) & 0x1fff;
    }
    expect(samples).toBeGreaterThanOrEqual(LENGTH);
    expect(samples).toBeLessThan(LENGTH + 4 * 1024);
    const { channelData } = await decode(file);
    expect(Math.max(...(channelData[0] ?? []))).toBeGreaterThan(0.4);
  });

  it.each<FileFormat>(['opus', 'aac', 'flac'])('gives %s out before it has taken all in', async (format) => {
    let release = (): void => undefined;
    const isHeard = new Promise<void>((resolve) => (release = resolve));
    async function* slowly(): AsyncGenerator<Float32Array> {
      yield sweep;
      // The rest comes to who has heard something already.
      await isHeard;
      yield sweep;
    }
    const buffers: Buffer[] = [];
    for await (const buffer of encodeFile(slowly(), { format, sampleRate: SAMPLE_RATE })) {
      buffers.push(buffer);
      if (Buffer.concat(buffers).length > HEADER_BYTES) release();
    }
    const { channelData, sampleRate } = await decode(Buffer.concat(buffers));
    expect((channelData[0]?.length ?? 0) / sampleRate).toBeGreaterThanOrEqual((2 * LENGTH) / SAMPLE_RATE);
  });

  it.each<FileFormat>(['opus', 'aac', 'flac'])('makes no %s of nothing', async (format) => {
    expect(await encoded(format, inBlocks(new Float32Array()).blocks)).toHaveLength(0);
  });

  it.each<FileFormat>(['opus', 'aac', 'flac'])('fails with what its samples fail with, in %s', async (format) => {
    async function* failing(): AsyncGenerator<Float32Array> {
      yield sweep;
      await Promise.reject(new Error('The voice broke.'));
    }
    await expect(encoded(format, failing())).rejects.toThrow('The voice broke.');
  });

  it.each<FileFormat>(['opus', 'aac', 'flac'])('lets its samples go when nobody reads %s any more', async (format) => {
    const { blocks, closed } = inBlocks(new Float32Array(60 * SAMPLE_RATE));
    for await (const buffer of encodeFile(blocks, { format, sampleRate: SAMPLE_RATE })) if (buffer.length > 0) break;
    expect(closed()).toBe(true);
  });
});

/** 1 for the same signal at any loudness, 0 for another. */
function likeness(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
