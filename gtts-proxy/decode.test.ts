import { expect, it, jest } from '@jest/globals';
import { encodeMp3 } from '../audio/mp3.ts';
import { toSamples } from './decode.ts';
import { SAMPLE_RATE, type AudioChunk } from './engine.ts';

async function* once(bytes: Buffer): AsyncGenerator<AudioChunk> {
  yield await Promise.resolve({ encoding: 'mp3', bytes });
}

it('decodes MP3 that breaks off into something else as far as it goes, and tells the console nothing', async () => {
  const tone = Float32Array.from({ length: SAMPLE_RATE }, (_, i) => Math.sin(i / 8) / 2);
  const mp3 = await encodeMp3(tone, { sampleRate: SAMPLE_RATE, kilobits: 32 });
  mp3.fill('Z', (mp3.length * 3) / 4);
  const told = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    let samples = 0;
    for await (const piece of toSamples(once(mp3))) samples += piece.length;
    expect(samples).toBeGreaterThan(SAMPLE_RATE / 2);
    expect(told).not.toHaveBeenCalled();
  } finally {
    told.mockRestore();
  }
});
