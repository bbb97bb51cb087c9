/** Lectures that are asked about: transcript and search index, kept in memory while they are in use. */
import { LRUCache } from 'lru-cache';
import { SynapscribeError } from '../../protocol/errors.ts';
import { transcriptSchema, type Transcript } from '../../protocol/items.ts';
import { transcriptKey } from '../../protocol/keys.ts';
import { LectureIndex } from '../pipeline/lecture-index.ts';
import { LectureText } from '../pipeline/prompt.ts';
import type { ObjectStore } from '../storage/object-store.ts';

const MAX_LECTURES = 32;
const KEPT_MS = 10 * 60_000;
/** Four hours of speech are about half a megabyte. */
const MAX_TRANSCRIPT_BYTES = 16_000_000;

export interface Lecture {
  transcript: Transcript;
  text: LectureText;
  index: LectureIndex;
}

export class LectureLibrary {
  readonly #cache: LRUCache<string, Lecture>;

  constructor(objects: Pick<ObjectStore, 'open'>) {
    this.#cache = new LRUCache<string, Lecture>({
      max: MAX_LECTURES,
      ttl: KEPT_MS,
      // Several questions at once read a transcript once.
      fetchMethod: async (key, _stale, { signal }) => await load(objects, key, signal),
    });
  }

  /** @throws SynapscribeError not_found, internal */
  async get(identityId: string, lectureId: string): Promise<Lecture> {
    const lecture = await this.#cache.fetch(transcriptKey(identityId, lectureId));
    if (lecture === undefined) throw new SynapscribeError('not_found', 'The transcript was not found.');
    return lecture;
  }
}

async function load(objects: Pick<ObjectStore, 'open'>, key: string, signal: AbortSignal): Promise<Lecture> {
  const { body, size } = await objects.open(key, signal);
  if (size > MAX_TRANSCRIPT_BYTES) throw new SynapscribeError('internal', 'The transcript is too large.');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const transcript = transcriptSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  const { title, segments } = transcript;
  return { transcript, text: new LectureText(title, segments), index: new LectureIndex(segments) };
}
