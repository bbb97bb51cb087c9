import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { decodeQuestion } from './decode-question.ts';
import { encodeWav } from './wav.ts';

const fixtures = new URL('../test/fixtures/', import.meta.url);

async function* once(file: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield file;
}

describe('decodeQuestion', () => {
  it.each(['opus-without-duration.webm', 'moov-last.m4a', 'cbr.mp3'])('gives the speech of %s', async (name) => {
    const file = await readFile(new URL(`formats/${name}`, fixtures));
    const { samples, seconds } = await decodeQuestion(once(file), { maxSeconds: 60 });
    expect(Math.abs(seconds - 3)).toBeLessThan(0.15);
    expect(samples.length / 16_000).toBeGreaterThan(1.5);
    expect(samples.length / 16_000).toBeLessThanOrEqual(seconds);
  });

  it('takes what is there of a question that breaks off', async () => {
    const file = await readFile(new URL('formats/opus.webm', fixtures));
    const { seconds } = await decodeQuestion(once(file.subarray(0, 7_000)), { maxSeconds: 60 });
    expect(seconds).toBeGreaterThan(1);
  });

  it.each([
    ['empty', new Uint8Array(), 'unsupported_audio'],
    ['no recording', Buffer.from('<html>not found</html>'.repeat(20)), 'unsupported_audio'],
    ['silent', encodeWav(new Float32Array(32_000), 16_000), 'no_speech'],
    ['too long', encodeWav(new Float32Array(61 * 16_000), 16_000), 'audio_too_long'],
  ])('refuses one that is %s, with code and a sentence for a student', async (_, file, code) => {
    const decoding = decodeQuestion(once(file), { maxSeconds: 60 });
    await expect(decoding).rejects.toMatchObject({ code });
    await expect(decoding).rejects.toThrow(/question.*\.$/);
  });
});
