/** The answer to a search, with as many of its hits as one message may hold. */
import type { SearchHit } from '../../../protocol/search.ts';
import { MAX_SERVER_MESSAGE_BYTES, type SearchReply } from '../../../protocol/messages.ts';

/** @param hits the best first: those that match least are left out */
export function searchReply(lectureId: string, text: string, hits: readonly SearchHit[]): SearchReply {
  const reply: SearchReply = { type: 'search', lectureId, text, hits: [] };
  let bytes = Buffer.byteLength(JSON.stringify(reply));
  for (const hit of hits) {
    // With its comma.
    bytes += Buffer.byteLength(JSON.stringify(hit)) + 1;
    if (bytes > MAX_SERVER_MESSAGE_BYTES) break;
    reply.hits.push(hit);
  }
  return reply;
}
