/** A lecture's recording as bytes, read on where a connection broke: reading takes as long as transcribing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SynapscribeError } from '../../protocol/errors.ts';

/** Reads objects of the audio bucket. */
export interface ObjectReader {
  /**
   * The object's length in bytes, and what tells this content from another under the same key.
   * @throws SynapscribeError not_found, internal
   */
  describe(key: string, signal: AbortSignal): Promise<{ size: number; version: string }>;
  /**
   * The object's bytes from an offset below its size (an S3 GET with `Range: bytes=<from>-`).
   * @throws SynapscribeError not_found, internal
   */
  openFrom(key: string, from: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export interface LectureSource {
  /** In bytes. */
  size: number;
  /** Of the content: another upload has another. */
  version: string;
  /** The bytes from an offset on; none from the end on. */
  open: (from: number) => AsyncIterable<Uint8Array>;
}

/** Failures in a row, without a byte between them. */
const MAX_FAILURES = 6;

/** @throws SynapscribeError not_found, internal */
export async function openLecture(
  reader: ObjectReader,
  key: string,
  signal: AbortSignal,
  firstBackoffMs = 250,
): Promise<LectureSource> {
  const { size, version } = await reader.describe(key, signal);
  return { size, version, open: (from) => readOn(reader, key, { from, size, signal, firstBackoffMs }) };
}

interface ReadOptions {
  from: number;
  size: number;
  signal: AbortSignal;
  firstBackoffMs: number;
}

async function* readOn(reader: ObjectReader, key: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { from, size, signal, firstBackoffMs } = options;
  let failures = 0;
  for (let at = from; at < size;) {
    let cause: unknown;
    try {
      for await (const chunk of await reader.openFrom(key, at, signal)) {
        at += chunk.length;
        failures = 0;
        yield chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SynapscribeError && !error.retryable) throw error;
      cause = error;
    }
    if (at >= size) return;
    failures++;
    if (failures > MAX_FAILURES) {
      throw new SynapscribeError('internal', 'The recording cannot be read right now.', { cause });
    }
    await sleep(firstBackoffMs * 2 ** (failures - 1), undefined, { signal });
  }
}
