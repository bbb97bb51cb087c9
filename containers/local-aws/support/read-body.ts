/** A request's whole body, up to a bound. */
import type { IncomingMessage } from 'node:http';

/** @returns the body, or `undefined` where it is longer than `maxBytes`; the rest is read and dropped */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
  }
  return size <= maxBytes ? Buffer.concat(chunks) : undefined;
}
