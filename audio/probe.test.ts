import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SynapscribeError } from '../protocol/errors.ts';
import { MAX_LECTURE_SECONDS, probeAudio, type AudioProperties, type AudioSource } from './probe.ts';
import { encodeWav, wavHeader } from './wav.ts';

const FOLDER = join(import.meta.dirname, '../test/fixtures/containers');
const fixture = (name: string): Promise<Buffer> => readFile(join(FOLDER, name));

const sourceOf = (bytes: Uint8Array): AudioSource => ({
  size: bytes.length,
  read: (start, endInclusive) => Promise.resolve(bytes.subarray(start, endInclusive + 1)),
});
const probe = (bytes: Uint8Array): Promise<AudioProperties> => probeAudio(sourceOf(bytes));

const silence = (seconds: number, sampleRate = 8_000): Buffer =>
  encodeWav(new Float32Array(seconds * sampleRate), sampleRate);

/** A file of which only the first and the last bytes exist; what lies between is made up when it is read. */
function sparse(
  head: Buffer,
  middle: { bytes: number; at?: (offset: number, length: number) => Buffer },
  tail: Buffer,
) {
  const fetched = { bytes: 0 };
  const size = head.length + middle.bytes + tail.length;
  const source: AudioSource = {
    size,
    read: (start, endInclusive) => {
      fetched.bytes += endInclusive + 1 - start;
      const part = Buffer.alloc(endInclusive + 1 - start);
      if (middle.at !== undefined) middle.at(start - head.length, part.length).copy(part);
      head.subarray(start).copy(part);
      tail.copy(part, Math.max(0, size - tail.length - start), Math.max(0, start - (size - tail.length)));
      return Promise.resolve(part);
    },
  };
  return { source, fetched };
}

describe('a recording', () => {
  it.each([
    ['cbr.mp3', 'mp3', 'mp3', 16_000],
    ['vbr.mp3', 'mp3', 'mp3', 16_000],
    ['xing.mp3', 'mp3', 'mp3', 16_000],
    ['moov-first.m4a', 'mp4', 'aac', 16_000],
    ['moov-last.m4a', 'mp4', 'aac', 16_000],
    ['fragmented.mp4', 'mp4', 'aac', 16_000],
    ['video-and-sound.mp4', 'mp4', 'aac', 16_000],
    ['alac.m4a', 'mp4', 'alac', 8_000],
    ['adts.aac', 'aac', 'aac', 16_000],
    ['vorbis.ogg', 'ogg', 'vorbis', 16_000],
    ['opus.ogg', 'ogg', 'opus', 48_000],
    ['flac.ogg', 'ogg', 'flac', 8_000],
    ['flac.flac', 'flac', 'flac', 8_000],
    ['streamed.flac', 'flac', 'flac', 8_000],
    ['opus.webm', 'webm', 'opus', 16_000],
    ['streamed.webm', 'webm', 'opus', 16_000],
    ['aac.mkv', 'webm', 'aac', 16_000],
    ['adpcm.wav', 'wav', 'adpcm', 16_000],
  ])('is known by its content: %s', async (name, container, codec, sampleRate) => {
    const properties = await probe(await fixture(name));
    expect(properties).toMatchObject({ container, codec, sampleRate, channels: 1 });
    expect(Math.abs(properties.durationSeconds - 2)).toBeLessThan(0.15);
  });

  it('of plain WAV is measured to the sample', async () => {
    expect(await probe(silence(2))).toEqual({
      container: 'wav',
      codec: 'pcm',
      channels: 1,
      sampleRate: 8_000,
      durationSeconds: 2,
    });
  });

  it.each([0, 0xffffffff, 0x7fffffff])('of WAV with the data length %i is as long as its file', async (length) => {
    const wav = silence(2);
    wav.writeUInt32LE(length, 40);
    expect(await probe(wav)).toMatchObject({ durationSeconds: 2 });
  });

  it('is found behind a large tag with a cover picture', async () => {
    const picture = randomBytes(3_000_000);
    const size = [21, 14, 7, 0].map((shift) => (picture.length >> shift) & 0x7f);
    const tag = Buffer.concat([Buffer.from('ID3\x04\x00\x00', 'latin1'), Buffer.from(size), picture]);
    const { durationSeconds } = await probe(Buffer.concat([tag, await fixture('vbr.mp3')]));
    expect(durationSeconds).toBeCloseTo(2, 0);
    expect(await probe(Buffer.concat([tag, await fixture('flac.flac')]))).toMatchObject({ codec: 'flac' });
  });

  it('of MP3 goes on behind what is broken', async () => {
    const mp3 = await fixture('cbr.mp3');
    const broken = Buffer.concat([mp3, Buffer.alloc(500, 0x55), mp3.subarray(0, 1000), mp3]);
    expect((await probe(broken)).durationSeconds).toBeGreaterThan(4);
  });

  it.each([
    ['cbr.mp3', 1.6],
    ['adts.aac', 1.6],
    ['moov-first.m4a', 1.5],
    ['streamed.webm', 1.6],
    ['opus.webm', 1.6],
    ['flac.flac', 1.15],
  ])('that breaks off is as long as what is there: %s', async (name, seconds) => {
    const whole = await fixture(name);
    const cut = await probe(whole.subarray(0, Math.floor(whole.length * 0.8)));
    expect(Math.abs(cut.durationSeconds - seconds)).toBeLessThan(0.25);
  });

  it('of two gigabytes is not fetched whole', async () => {
    const bytes = 1_990_000_000;
    const header = wavHeader(96_000, bytes);
    const wav = sparse(header, { bytes }, Buffer.alloc(0));
    expect((await probeAudio(wav.source)).durationSeconds).toBeCloseTo(bytes / 192_000, 0);
    expect(wav.fetched.bytes).toBeLessThan(1_000_000);

    // `moov` stands behind everything else.
    const m4a = await fixture('moov-last.m4a');
    const mdat = m4a.indexOf('mdat') - 4;
    const moov = m4a.indexOf('moov') - 4;
    const head = Buffer.from(m4a.subarray(0, mdat + 8));
    head.writeUInt32BE(8 + bytes, mdat);
    const large = sparse(head, { bytes }, m4a.subarray(moov));
    expect(await probeAudio(large.source)).toMatchObject({ codec: 'aac' });
    expect(large.fetched.bytes).toBeLessThan(1_000_000);
  });
});

describe('a file that is refused', () => {
  const zip = Buffer.concat([Buffer.from('PK\x03\x04\x14\x00', 'latin1'), randomBytes(5_000)]);
  const SOUND_MISSING = 'There is no sound in this file.';
  it.each<[string, string, () => Buffer | Promise<Buffer>]>([
    ['empty', 'The file is empty.', () => Buffer.alloc(0)],
    ['a ZIP', 'a ZIP archive or an Office document', () => zip],
    ['text', 'a text file', () => Buffer.from('Meeting notes\nfor Tuesday. '.repeat(99))],
    ['HTML', 'a web page', () => Buffer.from('<!DOCTYPE html><html><body>Error 404</body></html>')],
    ['a JPEG', 'a picture', () => fixture('picture.jpg')],
    ['a PDF', 'a PDF document', () => Buffer.from('%PDF-1.7\n…')],
    ['random', 'not a recording', () => randomBytes(300_000)],
    ['zeros', 'not a recording', () => Buffer.alloc(300_000)],
    ['sync words', 'not a recording', () => Buffer.alloc(300_000, 'fffb', 'hex')],
    ['one byte', 'not a recording', () => Buffer.from([0xff])],
    ['video only', SOUND_MISSING, () => fixture('video-only.mp4')],
    ['video only', SOUND_MISSING, () => fixture('video-only.webm')],
    ['Speex', 'the format Speex', () => fixture('speex.ogg')],
    ['AC-3 in Matroska', 'the format AC3', () => fixture('ac3.mkv')],
    ['half a second', 'shorter than one second', () => silence(0.5)],
    ['WAV without sound', 'shorter than one second', () => silence(0)],
    ['WAV without channels', 'damaged', () => patched(silence(2), (wav) => wav.writeUInt16LE(0, 22))],
    ['WAV of 65535 channels', 'damaged', () => patched(silence(2), (wav) => wav.writeUInt16LE(65_535, 22))],
    ['WAV at 0 Hz', 'damaged', () => patched(silence(2), (wav) => wav.writeUInt32LE(0, 24))],
    ['WAV of an odd kind', 'WAV/0x2000', () => patched(silence(2), (wav) => wav.writeUInt16LE(0x2000, 20))],
    ['MP4 without index', 'damaged', async () => (await fixture('moov-last.m4a')).subarray(0, 4_000)],
  ])('is told so: %s', async (_what, words, make) => {
    await expect(probe(await make())).rejects.toMatchObject({
      code: 'unsupported_audio',
      message: expect.stringContaining(words),
    });
  });

  it('runs longer than four hours', async () => {
    const bytes = (MAX_LECTURE_SECONDS + 1) * 16_000;
    const { source } = sparse(wavHeader(8_000, bytes), { bytes }, Buffer.alloc(0));
    await expect(probeAudio(source)).rejects.toMatchObject({ code: 'audio_too_long' });
  });

  it('is larger than 2 GB', async () => {
    const { source } = sparse(wavHeader(8_000, 0), { bytes: 2_000_000_000 }, Buffer.alloc(0));
    await expect(probeAudio(source)).rejects.toMatchObject({ code: 'unsupported_audio' });
  });

  it('is an MP3 of days, and left as soon as four hours are counted', async () => {
    const frame = (await fixture('cbr.mp3')).subarray(0, 72);
    const at = (offset: number, length: number): Buffer => {
      const phase = ((offset % 72) + 72) % 72;
      return Buffer.alloc(length, Buffer.concat([frame.subarray(phase), frame.subarray(0, phase)]));
    };
    const { source, fetched } = sparse(Buffer.alloc(0), { bytes: 1_000_000_008, at }, Buffer.alloc(0));
    await expect(probeAudio(source)).rejects.toMatchObject({ code: 'audio_too_long' });
    expect(fetched.bytes).toBeLessThan(40_000_000);
  });
});

describe('a hostile file', () => {
  it('cannot make it read without end', async () => {
    const { source } = sparse(silence(0).subarray(0, 36), { bytes: 1_900_000_000 }, Buffer.alloc(0));
    await expect(probeAudio(source)).rejects.toMatchObject({ code: 'unsupported_audio' });
    const maxBytes = 1_000_000;
    const ogg = await fixture('vorbis.ogg');
    const { source: pages } = sparse(
      ogg,
      { bytes: 500_000_000, at: (offset, length) => repeated(ogg.subarray(58), offset, length) },
      Buffer.alloc(400_000),
    );
    await expect(probeAudio(pages, { maxBytes })).rejects.toMatchObject({ code: 'unsupported_audio' });
  });

  it.each([
    'vbr.mp3',
    'moov-last.m4a',
    'fragmented.mp4',
    'vorbis.ogg',
    'flac.flac',
    'streamed.webm',
    'aac.mkv',
    'adpcm.wav',
  ])('that was %s once is measured or refused, never a crash', async (name) => {
    const original = await fixture(name);
    for (let round = 0; round < 300; round++) {
      const broken = Buffer.from(original);
      for (let i = 0; i <= round % 8; i++) {
        broken[scatter(round * 8 + i, broken.length)] = [0, 0xff, 0x80, round & 0xff][i % 4] ?? 0;
      }
      expect(await outcome(broken)).toMatch(/^(measured|unsupported_audio|audio_too_long)$/);
    }
  });
});

describe('the source', () => {
  it('passes its own failures through', async () => {
    const failure = new Error('S3 is down');
    await expect(probeAudio({ size: 10_000, read: () => Promise.reject(failure) })).rejects.toBe(failure);
  });

  it('is not read any more once the signal has been given', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(probeAudio(sourceOf(silence(2)), { signal })).rejects.toThrow('too late');
  });
});

/** `measured`, or the code of the refusal. */
const outcome = (bytes: Buffer): Promise<string> =>
  probe(bytes).then(
    () => 'measured',
    (error: unknown) => (error instanceof SynapscribeError ? error.code : String(error)),
  );

function patched(bytes: Buffer, patch: (bytes: Buffer) => void): Buffer {
  patch(bytes);
  return bytes;
}

function repeated(pattern: Buffer, offset: number, length: number): Buffer {
  const phase = ((offset % pattern.length) + pattern.length) % pattern.length;
  return Buffer.alloc(length, Buffer.concat([pattern.subarray(phase), pattern.subarray(0, phase)]));
}

/** Spread over the file, more of it near the beginning, and the same in every run. */
function scatter(n: number, length: number): number {
  const share = (n * 0.618_033_988_75) % 1;
  return Math.floor((n % 2 === 0 ? share ** 3 : share) * length);
}
