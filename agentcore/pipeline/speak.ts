/** Pieces of text → chunks of speech: two pieces are spoken at a time, and delivered in order as they arrive. */
import pLimit from 'p-limit';
import type { Speaker } from '../engines/engines.ts';
import { AsyncQueue } from './async-queue.ts';

const CONCURRENT_PIECES = 2;
/** Base64 makes four bytes of three: with the envelope a chunk stays under 30 KB as a message. */
const MAX_CHUNK_BYTES = 20_000;

export interface SpeechChunk {
  /** Number of the piece, from 0. */
  index: number;
  data: Uint8Array;
  /** Whether this is the piece's last chunk; its data may be empty. */
  last: boolean;
}

/**
 * Speaks pieces as they come. A chunk of the first piece is given the moment its bytes arrive.
 * @throws what the speaker throws; the other piece in work is aborted with it
 */
export async function* speak(
  pieces: AsyncIterable<string>,
  speaker: Speaker,
  signal: AbortSignal,
): AsyncGenerator<SpeechChunk, void, undefined> {
  const failure = new AbortController();
  const inFlight = AbortSignal.any([signal, failure.signal]);
  const limit = pLimit(CONCURRENT_PIECES);
  const bodies = new AsyncQueue<AsyncQueue<Uint8Array>>();

  const startAll = async (): Promise<void> => {
    for await (const piece of pieces) {
      const body = new AsyncQueue<Uint8Array>();
      bodies.push(body);
      void limit(() => fill(body, piece, speaker, inFlight));
    }
  };
  startAll().then(
    () => bodies.end(),
    (error: unknown) => bodies.fail(error),
  );

  try {
    let index = 0;
    for await (const body of bodies) {
      for await (const data of body) yield { index, data, last: body.drained };
      index++;
    }
  } finally {
    failure.abort();
  }
}

/** Reads one piece's speech into its queue, in chunks that fit a message. */
async function fill(body: AsyncQueue<Uint8Array>, piece: string, speaker: Speaker, signal: AbortSignal): Promise<void> {
  try {
    signal.throwIfAborted();
    for await (const data of speaker.speak(piece, { signal })) {
      for (let at = 0; at < data.byteLength; at += MAX_CHUNK_BYTES) body.push(data.subarray(at, at + MAX_CHUNK_BYTES));
    }
    // The end is known only once the body has ended: an empty chunk says so, and nothing before it waits.
    body.push(new Uint8Array());
    body.end();
  } catch (error) {
    body.fail(error);
  }
}
