import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { SynapscribeError } from '../protocol/errors.ts';
import { decodeAudio, spoken, type DecodeOptions, type DecodeSummary } from './decode.ts';

const fixtures = new URL('../test/fixtures/', import.meta.url);
const fixture = (name: string): Promise<Buffer> => readFile(new URL(`formats/${name}`, fixtures));

/** The file in chunks as a network gives them. */
async function* chunked(file: Uint8Array, size = 1500): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += size) {
    await Promise.resolve();
    yield file.subarray(at, at + size);
  }
}

interface Decoded extends DecodeSummary {
  samples: Float32Array;
  largestBlock: number;
}

async function decodeWhole(
  file: Uint8Array,
  options: Partial<DecodeOptions> = {},
  chunkSize?: number,
): Promise<Decoded> {
  const blocks = decodeAudio(chunked(file, chunkSize), { maxSeconds: 60, ...options });
  const samples: number[] = [];
  let largestBlock = 0;
  for (;;) {
    const next = await blocks.next();
    if (next.done === true) return { ...next.value, samples: Float32Array.from(samples), largestBlock };
    largestBlock = Math.max(largestBlock, next.value.length);
    samples.push(...next.value);
  }
}

/** The error a decoding ends with. */
async function failure(file: Uint8Array, options: Partial<DecodeOptions> = {}): Promise<SynapscribeError> {
  const error: unknown = await decodeWhole(file, options).then(
    () => new Error('it was decoded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SynapscribeError)) throw error;
  return error;
}

/** How alike two recordings are where `b` is shifted by at most 60 ms: 1 for the same. */
function likeness(a: Float32Array, b: Float32Array): number {
  const window = 16_000;
  const from = 4_000;
  let best = 0;
  for (let shift = -960; shift <= 960; shift += 1) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = from; i < from + window; i += 2) {
      const x = a[i] ?? 0;
      const y = b[i + shift] ?? 0;
      ab += x * y;
      aa += x * x;
      bb += y * y;
    }
    best = Math.max(best, ab / Math.sqrt(aa * bb + 1e-12));
  }
  return best;
}

interface WavOptions {
  rate?: number;
  channels?: number;
  bits?: 8 | 16 | 24 | 32;
  float?: boolean;
  extensible?: boolean;
  /** What the header says, where it lies. */
  dataBytes?: number;
}

/** A second of a 440 Hz tone at half scale. */
function wav({
  rate = 16_000,
  channels = 1,
  bits = 16,
  float = false,
  extensible = false,
  dataBytes,
}: WavOptions): Buffer {
  const width = bits / 8;
  const data = Buffer.alloc(rate * channels * width);
  for (let i = 0; i < rate * channels; i++) {
    const value = 0.5 * Math.sin((2 * Math.PI * 440 * Math.floor(i / channels)) / rate);
    if (float) data.writeFloatLE(value, i * width);
    else if (bits === 8) data.writeUInt8(Math.round(128 + value * 127), i);
    else data.writeIntLE(Math.round(value * (2 ** (bits - 1) - 1)), i * width, width);
  }
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : float ? 3 : 1, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(rate * channels * width, 8);
  format.writeUInt16LE(channels * width, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(float ? 3 : 1, 24);
  }
  const chunk = (name: string, body: Buffer, size = body.length): Buffer => {
    const header = Buffer.alloc(8);
    header.write(name, 'latin1');
    header.writeUInt32LE(size, 4);
    return Buffer.concat([header, body]);
  };
  return chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', format), chunk('data', data, dataBytes)]));
}

describe('decodeAudio', () => {
  it.each([
    ['cbr.mp3', 'mp3', 3],
    ['vbr-without-header.mp3', 'mp3', 3],
    ['with-cover.mp3', 'mp3', 3],
    ['moov-last.m4a', 'm4a', 3],
    ['moov-first.m4a', 'm4a', 3],
    ['fragmented.mp4', 'm4a', 3],
    ['opus.webm', 'webm', 3],
    ['opus-without-duration.webm', 'webm', 3],
    ['vorbis.webm', 'webm', 3],
    ['vorbis.ogg', 'oga', 3],
    ['opus.ogg', 'opus', 3],
    ['short.flac', 'flac', 1.4],
    ['flac.ogg', 'flac', 1.4],
  ])('decodes %s to what was said, at 16 kHz mono', async (name, format, seconds) => {
    const original = await decodeWhole(await readFile(new URL('audio/austen-0880.flac', fixtures)));
    const decoded = await decodeWhole(await fixture(name));
    expect(decoded).toMatchObject({ format, truncated: false });
    expect(Math.abs(decoded.samples.length / 16_000 - seconds)).toBeLessThan(0.15);
    expect(decoded.seconds).toBeCloseTo(decoded.samples.length / 16_000, 2);
    expect(likeness(original.samples, decoded.samples)).toBeGreaterThan(0.95);
    expect(decoded.largestBlock).toBeLessThanOrEqual(16_000);
  });

  it.each<WavOptions>([
    { bits: 8 },
    { bits: 16 },
    { bits: 24, channels: 2, rate: 44_100 },
    { bits: 32 },
    { bits: 32, float: true, channels: 2, rate: 48_000 },
    { bits: 16, rate: 8_000 },
    { bits: 16, channels: 6, extensible: true, rate: 44_100 },
    { bits: 16, dataBytes: 0xffffffff },
    { bits: 16, dataBytes: 0 },
  ])('decodes WAV of %j', async (options) => {
    const decoded = await decodeWhole(wav(options));
    expect(decoded).toMatchObject({ format: 'wav', truncated: false });
    expect(Math.abs(decoded.samples.length - 16_000)).toBeLessThanOrEqual(1);
    const worst = decoded.samples.reduce(
      (most, value, i) =>
        i < 200 || i > 15_800
          ? most
          : Math.max(most, Math.abs(value - 0.5 * Math.sin((2 * Math.PI * 440 * i) / 16_000))),
      0,
    );
    expect(worst).toBeLessThan(0.01);
  });

  it('hears both channels of which one is the other turned over, as a miswired microphone gives', async () => {
    const file = wav({ channels: 2 });
    for (let at = 44; at + 4 <= file.length; at += 4) file.writeInt16LE(-file.readInt16LE(at), at + 2);
    const { samples } = await decodeWhole(file);
    const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
    expect(power).toBeCloseTo(0.125, 2);
  });

  it('gives the same whether the file comes in single bytes or at once', async () => {
    for (const name of ['cbr.mp3', 'moov-last.m4a', 'fragmented.mp4', 'opus.webm', 'vorbis.ogg', 'short.flac']) {
      const file = await fixture(name);
      const [bytewise, atOnce] = [await decodeWhole(file, {}, 1), await decodeWhole(file, {}, file.length)];
      expect(bytewise).toEqual(atOnce);
    }
  });

  it('fetches the index of an MP4 from its end, where it may read the file again', async () => {
    const file = await fixture('moov-last.m4a');
    const reopened: number[] = [];
    const decoded = await decodeWhole(file, {
      reopen: (from) => {
        reopened.push(from);
        return chunked(file.subarray(from));
      },
    });
    expect(reopened).toEqual([file.indexOf('moov') - 4]);
    expect(decoded.samples).toEqual((await decodeWhole(await fixture('moov-first.m4a'))).samples);
  });

  it.each(['cbr.mp3', 'moov-first.m4a', 'fragmented.mp4', 'opus.webm', 'vorbis.ogg', 'opus.ogg', 'short.flac'])(
    'decodes a %s that breaks off up to there',
    async (name) => {
      const file = await fixture(name);
      const whole = await decodeWhole(file);
      const decoded = await decodeWhole(file.subarray(0, Math.round(file.length * 0.7)));
      expect(decoded.seconds).toBeGreaterThan(whole.seconds * 0.3);
      expect(decoded.seconds).toBeLessThan(whole.seconds * 0.9);
    },
  );

  it('tells where a file breaks off, if its format says how long it should be', async () => {
    for (const file of [wav({}), await fixture('moov-first.m4a')]) {
      await expect(decodeWhole(file.subarray(0, file.length / 2))).resolves.toMatchObject({ truncated: true });
    }
  });

  it.each(['cbr.mp3', 'vbr-without-header.mp3', 'opus.webm', 'opus-without-duration.webm', 'vorbis.ogg', 'opus.ogg'])(
    'tells that a %s breaks off amid its sound, which says nowhere how long it is',
    async (name) => {
      const file = await fixture(name);
      for (const share of [0.6, 0.8]) {
        const cut = file.subarray(0, Math.round(file.length * share));
        await expect(decodeWhole(cut)).resolves.toMatchObject({ truncated: true });
      }
    },
  );

  it.each([
    ['an ID3v1 tag', Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125, 0x20)])],
    ['zeros', Buffer.alloc(1_000)],
    ['other bytes', Buffer.alloc(1_000, 0xff)],
  ])('does not take an MP3 for cut that ends with %s', async (_, ending) => {
    const file = Buffer.concat([await fixture('cbr.mp3'), ending]);
    await expect(decodeWhole(file)).resolves.toMatchObject({ truncated: false });
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('This is no recording, whatever its name says. '.repeat(200))],
    ['a ZIP', Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(5_000, 7)])],
    ['UTF-16 text, which begins like an MPEG frame', Buffer.from('\ufeffnotes '.repeat(500), 'utf16le')],
    ['zeros', Buffer.alloc(100_000)],
    ['a WAV of no samples', wav({}).subarray(0, 44)],
    [
      'a WAV with a thousand channels',
      Buffer.concat([wav({}).subarray(0, 22), Buffer.from([0xe8, 3]), wav({}).subarray(24)]),
    ],
    ['an Ogg page of something else', Buffer.concat([Buffer.from('OggS'), Buffer.alloc(200, 1)])],
    ['a WebM header alone', Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(20_000)])],
  ])('refuses %s', async (_, file) => {
    await expect(failure(file)).resolves.toMatchObject({ code: 'unsupported_audio' });
  });

  it.each(['video-only.webm', 'video-only.mp4'])('says that %s holds no sound', async (name) => {
    await expect(failure(await fixture(name))).resolves.toMatchObject({
      code: 'unsupported_audio',
      message: 'There is no sound in this recording.',
    });
  });

  it('says that an MP4 without its index was not finished', async () => {
    const file = await fixture('moov-last.m4a');
    const error = await failure(file.subarray(0, file.length / 2));
    expect(error).toMatchObject({ code: 'unsupported_audio' });
    expect(error.message).toContain('not finished');
  });

  it.each(['stsz', 'stco', 'stsc', 'stts'])(
    'refuses an MP4 whose table %s counts billions of entries',
    async (table) => {
      const file = Buffer.from(await fixture('moov-first.m4a'));
      const at = file.indexOf(table) + 4;
      file.writeUInt32BE(0xfffffff0, at + (table === 'stsz' ? 8 : 4));
      await expect(failure(file)).resolves.toMatchObject({ code: 'unsupported_audio' });
    },
  );

  it('stops at a fragment that counts billions of samples', async () => {
    const file = Buffer.from(await fixture('fragmented.mp4'));
    file.writeUInt32BE(0xfffffff0, file.lastIndexOf('trun') + 8);
    const whole = await decodeWhole(await fixture('fragmented.mp4'));
    const decoded = await decodeWhole(file);
    expect(decoded.truncated).toBe(true);
    expect(decoded.seconds).toBeLessThan(whole.seconds);
  });

  it('refuses a recording as soon as it has run too long', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield wav({ dataBytes: 0xffffffff });
      for (;;) {
        await Promise.resolve();
        read += 32_000;
        yield new Uint8Array(32_000);
      }
    }
    const blocks = decodeAudio(endless(), { maxSeconds: 10 });
    const whole = async (): Promise<void> => {
      for (;;) if ((await blocks.next()).done === true) return;
    };
    await expect(whole()).rejects.toMatchObject({ code: 'audio_too_long' });
    expect(read).toBeLessThan(32_000 * 20);
  });

  it('stops at once when it is aborted, also while the source hangs, and lets go of the source', async () => {
    const controller = new AbortController();
    let closed = false;
    const hanging: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        let first = true;
        return {
          next: () => {
            if (!first) {
              controller.abort(new Error('the client left'));
              return new Promise(() => undefined);
            }
            first = false;
            return Promise.resolve({ done: false, value: wav({ dataBytes: 0xffffffff }) });
          },
          return: () => {
            closed = true;
            return Promise.resolve({ done: true, value: undefined });
          },
        };
      },
    };
    const blocks = decodeAudio(hanging, { maxSeconds: 60, signal: controller.signal });
    const whole = async (): Promise<void> => {
      for (;;) if ((await blocks.next()).done === true) return;
    };
    await expect(whole()).rejects.toThrow('the client left');
    expect(closed).toBe(true);
  });

  it('passes on what the source throws', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield wav({ dataBytes: 0xffffffff });
      await Promise.resolve();
      throw new Error('connection reset');
    }
    const blocks = decodeAudio(failing(), { maxSeconds: 60 });
    const whole = async (): Promise<void> => {
      for (;;) if ((await blocks.next()).done === true) return;
    };
    await expect(whole()).rejects.toThrow('connection reset');
  });

  it('survives files with bytes changed anywhere', async () => {
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (const name of ['cbr.mp3', 'moov-first.m4a', 'fragmented.mp4', 'opus.webm', 'vorbis.ogg', 'short.flac']) {
      for (let round = 0; round < 12; round++) {
        const file = Buffer.from(await fixture(name));
        for (let i = 0; i < 30; i++) file[random(round < 6 ? 400 : file.length)] = random(256);
        const outcome = await decodeWhole(file).then(
          (decoded) => decoded.seconds < 60,
          (error: unknown) => error instanceof SynapscribeError,
        );
        expect(outcome).toBe(true);
      }
    }
  });
});

describe('spoken', () => {
  it.each([
    [4 * 3600, '4 hours'],
    [5400, '90 minutes'],
    [60, '60 seconds'],
    [1, '1 second'],
  ])('says %i s as %s', (seconds, words) => {
    expect(spoken(seconds)).toBe(words);
  });
});
