import { describe, expect, it } from '@jest/globals';
import { constantFlac, constantOggFlac } from './test-support/constant-flac.ts';
import { decodeMemory } from './test-support/decode-memory.ts';
import { tinyOpusOgg, tinyOpusWebm } from './test-support/tiny-opus.ts';

/** Beyond what the process held before, its codecs included. */
const MAX_MEGABYTES = 150;

describe('decoding in bounded memory', () => {
  it('takes a FLAC of a quarter of a megabyte that holds a minute of eight channels in small parts', async () => {
    const decoded = await decodeMemory(constantFlac({ noiseBytes: 250_000, constantFrames: 200 }), 14_400);
    expect(decoded).toMatchObject({ error: '' });
    expect(decoded.seconds).toBeCloseTo(68.4, 0);
    expect(decoded.megabytes).toBeLessThan(MAX_MEGABYTES);
  }, 60_000);

  it('stops it as soon as it has run too long', async () => {
    const decoded = await decodeMemory(constantFlac({ noiseBytes: 250_000, constantFrames: 200 }), 10);
    expect(decoded.error).toMatch(/^audio_too_long/);
    expect(decoded.seconds).toBeLessThanOrEqual(10);
    expect(decoded.megabytes).toBeLessThan(MAX_MEGABYTES);
  }, 60_000);

  it.each([
    ['WebM, in blocks', tinyOpusWebm(30, false), 922],
    ['WebM, in groups of blocks', tinyOpusWebm(30, true), 922],
    ['Ogg', tinyOpusOgg(30), 900],
  ])(
    'takes packets of a byte that last 120 ms in small parts: %s',
    async (_, file, seconds) => {
      const decoded = await decodeMemory(file, 14_400);
      expect(decoded.error).toBe('');
      expect(decoded.seconds).toBeCloseTo(seconds, -1);
      expect(decoded.megabytes).toBeLessThan(MAX_MEGABYTES);
    },
    60_000,
  );

  it('refuses a page of Ogg that holds a minute of FLAC in eight channels', async () => {
    const decoded = await decodeMemory(constantOggFlac({ noiseBytes: 0, constantFrames: 200 }), 14_400);
    expect(decoded.error).toMatch(/^unsupported_audio/);
    expect(decoded.megabytes).toBeLessThan(MAX_MEGABYTES);
  }, 60_000);
});
