import { describe, expect, it } from '@jest/globals';
import { SpokenPieces } from './spoken-pieces.ts';

const part = (index: number, bytes: number[], last = false) => ({
  index,
  data: Buffer.from(bytes).toString('base64'),
  last,
});

describe('the pieces of a spoken answer', () => {
  it('are whole with their last part, each by itself', () => {
    const pieces = new SpokenPieces();
    expect(pieces.add(part(0, [1, 2]))).toBeUndefined();
    expect(pieces.add(part(0, [255], true))).toEqual(Uint8Array.of(1, 2, 255));
    expect(pieces.add(part(1, [7], true))).toEqual(Uint8Array.of(7));
  });

  it('may end with a part that has nothing in it', () => {
    const pieces = new SpokenPieces();
    pieces.add(part(0, [3]));
    expect(pieces.add(part(0, [], true))).toEqual(Uint8Array.of(3));
    expect(pieces.add(part(1, [], true))).toBeUndefined();
  });
});
