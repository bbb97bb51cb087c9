import { describe, expect, it } from '@jest/globals';
import { constantFlac } from './test-support/constant-flac.ts';
import { decodeMemory } from './test-support/decode-memory.ts';

/** Beyond what the process held before, its codecs included. */
const MAX_MEGABYTES = 150;

describe('decoding in bounded memory', () => {
  it('takes a FLAC of half a megabyte that holds minutes of eight channels in small parts', async () => {
    const decoded = await decodeMemory(constantFlac({ noiseBytes: 500_000, constantFrames: 450 }), 14_400);
    expect(decoded).toMatchObject({ error: '' });
    expect(decoded.seconds).toBeCloseTo(153.8, 0);
    expect(decoded.megabytes).toBeLessThan(MAX_MEGABYTES);
  }, 60_000);

  it('stops it as soon as it has run too long', async () => {
    const decoded = await decodeMemory(constantFlac({ noiseBytes: 500_000, constantFrames: 450 }), 10);
    expect(decoded.error).toMatch(/^audio_too_long/);
    expect(decoded.seconds).toBeLessThanOrEqual(10);
    expect(decoded.megabytes).toBeLessThan(MAX_MEGABYTES);
  }, 60_000);
});
