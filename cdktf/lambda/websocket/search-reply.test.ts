import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MAX_SERVER_MESSAGE_BYTES } from '../../../protocol/messages.ts';
import { searchReply } from './search-reply.ts';

const lectureId = randomUUID();

describe('searchReply', () => {
  it('has all hits where they fit', () => {
    const hits = [{ start: 1, end: 2, text: 'Tides.', score: 1 }];
    expect(searchReply(lectureId, 'tides', hits)).toEqual({ type: 'search', lectureId, text: 'tides', hits });
  });

  it.each(['a', '潮', '\u0001', '"'])('has the best ones that fit a message, of %j too', (letter) => {
    const hits = Array.from({ length: 50 }, (_, i) => ({ start: i, end: i + 1, text: letter.repeat(1_000), score: 1 }));
    const reply = searchReply(lectureId, letter.repeat(200), hits);
    const bytes = Buffer.byteLength(JSON.stringify(reply));
    expect(bytes).toBeLessThanOrEqual(MAX_SERVER_MESSAGE_BYTES);
    expect(bytes).toBeGreaterThan(MAX_SERVER_MESSAGE_BYTES * 0.75);
    expect(reply.hits).toEqual(hits.slice(0, reply.hits.length));
  });
});
