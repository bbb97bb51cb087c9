import { describe, expect, it } from '@jest/globals';
import { encode } from './encoding.ts';
import { SAMPLE_RATE, type AudioChunk } from './engine.ts';

const { signal } = new AbortController();

async function* tone(): AsyncGenerator<AudioChunk> {
  yield await Promise.resolve({
    encoding: 'pcm' as const,
    samples: Float32Array.from({ length: SAMPLE_RATE }, (_, i) => Math.sin(i / 10) / 4),
  });
}

async function collect(answer: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const buffer of answer) bytes += buffer.length;
  return bytes;
}

describe.each(['aac', 'flac'] as const)('encoders of %s', (format) => {
  it('are four at once, the next waits for one to be done', async () => {
    const open = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const answer = encode(tone(), format, signal);
        await answer.next();
        return answer;
      }),
    );
    let hasBegun = false;
    const fifth = encode(tone(), format, signal);
    const first = fifth.next().then((result) => {
      hasBegun = true;
      return result;
    });
    // Other formats do not wait, and are through long before anything else could be.
    expect(await collect(encode(tone(), 'opus', signal))).toBeGreaterThan(1000);
    expect(hasBegun).toBe(false);
    await open[0]?.return(undefined);
    expect((await first).value).toBeInstanceOf(Buffer);
    await Promise.all([fifth, ...open].map((answer) => answer.return(undefined)));
  });

  it('are not waited for by a listener who has left', async () => {
    const open = Array.from({ length: 4 }, () => encode(tone(), format, signal));
    await Promise.all(open.map((answer) => answer.next()));
    const leaving = new AbortController();
    const waiting = encode(tone(), format, leaving.signal).next();
    leaving.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    await Promise.all(open.map((answer) => answer.return(undefined)));
    expect(await collect(encode(tone(), format, signal))).toBeGreaterThan(1000);
  });
});
