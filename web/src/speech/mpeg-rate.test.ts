import { describe, expect, it } from '@jest/globals';
import { encodeMp3 } from '../../../audio/mp3.ts';
import { mpegSampleRate } from './mpeg-rate.ts';

describe('the rate of an MP3', () => {
  it.each([8_000, 16_000, 22_050, 24_000, 44_100, 48_000] as const)('of %s Hz is found', async (sampleRate) => {
    const mp3 = await encodeMp3(new Float32Array(sampleRate / 10), { sampleRate });
    expect(mpegSampleRate(mp3)).toBe(sampleRate);
    const tagged = Buffer.concat([Buffer.from('ID3\u0004\u0000\u0000\u0000\u0000\u0000\u0014'), Buffer.alloc(20), mp3]);
    expect(mpegSampleRate(tagged)).toBe(sampleRate);
  });

  it('is taken to be the voice’s own where there is none', () => {
    expect(mpegSampleRate(new Uint8Array(100))).toBe(24_000);
  });
});
