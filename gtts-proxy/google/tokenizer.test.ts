import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { encodeRpc } from './batchexecute.ts';
import { tokenize } from './tokenizer.ts';

/** Recorded from the real gTTS 2.5.4: pieces, and the SHA-256 of the request bodies joined by line ends. */
const recordings = z
  .array(
    z.object({
      text: z.string(),
      pieces: z.array(z.string()),
      bodiesSha256: z.object({ en: z.string(), 'fr slow': z.string() }),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('gtts-2.5.4.json', import.meta.url), 'utf8')));

function digestOfBodies(pieces: readonly string[], language: string, slow: boolean): string {
  const bodies = pieces.map((text) => encodeRpc({ text, language, slow }));
  return createHash('sha256').update(bodies.join('\n')).digest('hex');
}

describe('the wire of gTTS 2.5.4', () => {
  it.each(recordings)('cuts and writes $text as gTTS does', ({ text, pieces, bodiesSha256 }) => {
    const actual = tokenize(text);
    expect(actual).toEqual(pieces);
    expect(digestOfBodies(actual, 'en', false)).toBe(bodiesSha256.en);
    expect(digestOfBodies(actual, 'fr', true)).toBe(bodiesSha256['fr slow']);
  });

  it('sends nothing longer than 100 characters, counting an emoji as one', () => {
    const pieces = tokenize('😀'.repeat(250));
    expect(pieces.map((piece) => Array.from(piece).length)).toEqual([100, 100, 50]);
  });
});
