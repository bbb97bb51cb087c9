import { describe, expect, it } from '@jest/globals';
import { splitTokens } from '../engine.ts';
import { limitOutput, type OutputDelta } from './output-limits.ts';
import { countAudioTokens, countTextTokens } from './token-count.ts';

async function run(tokens: string[], maxTokens: number, stop: string[]): Promise<OutputDelta[]> {
  // eslint-disable-next-line @typescript-eslint/require-await -- what is there already, as a stream
  const source = async function* (): AsyncGenerator<string> {
    yield* tokens;
  };
  const deltas: OutputDelta[] = [];
  for await (const delta of limitOutput(source(), { maxTokens, stop })) deltas.push(delta);
  return deltas;
}

describe('limitOutput', () => {
  it('lets every token through at once when nothing is to stop it', async () => {
    expect((await run(['a', ' b'], 9, [])).map(({ text }) => text)).toEqual(['a', ' b', '']);
  });

  it('never shows the beginning of a stop string', async () => {
    const deltas = await run(['one', ' EN', 'D two'], 9, ['END']);
    expect(deltas.map(({ text }) => text).join('')).toBe('one ');
    expect(deltas.at(-1)?.finish).toEqual({ reason: 'stop', stop: 'END' });
  });

  it('gives back what only looked like a stop string', async () => {
    const deltas = await run(['one', ' EN', 'T'], 9, ['END']);
    expect(deltas.map(({ text }) => text).join('')).toBe('one ENT');
  });

  it('tells exactly once how it ended', async () => {
    const deltas = await run(['a', 'b', 'c'], 2, []);
    expect(deltas.filter(({ finish }) => finish !== undefined)).toHaveLength(1);
    expect(deltas.at(-1)).toEqual({ text: 'b', tokens: 2, finish: { reason: 'length', stop: null } });
  });
});

describe('token counts', () => {
  it('are 25 a second for audio, 7,500 for five minutes', () => {
    expect(countAudioTokens(16_000)).toBe(25);
    expect(countAudioTokens(16_000 * 300)).toBe(7500);
  });

  it('are about one a word for English', () => {
    const text = 'The tide rises and falls twice a day, because the Moon pulls the water on the near side.';
    expect(countTextTokens(text)).toBeGreaterThan(15);
    expect(countTextTokens(text)).toBeLessThan(26);
  });
});

describe('splitTokens', () => {
  it.each(['Water evaporates (at 100 °C), doesn’t it?  Yes. [12][13]', ' x ', 'Größe: 日本語…', ''])(
    'loses nothing of %j',
    (text) => {
      expect(splitTokens(text).join('')).toBe(text);
    },
  );
});
