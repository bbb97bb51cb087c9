/** Lectures that are asked about: transcript and search index, kept in memory while they are in use. */
import { LRUCache } from 'lru-cache';
import { SynapscribeError } from '../../protocol/errors.ts';
import { transcriptSchema, type RecordingSource } from '../../protocol/items.ts';
import { ALL_LECTURES, transcriptKey } from '../../protocol/keys.ts';
import type { CitableSegment } from '../pipeline/grounding.ts';
import { LectureIndex } from '../pipeline/lecture-index.ts';
import { LectureText, type LectureSection } from '../pipeline/prompt.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ReadyLecture } from '../storage/session-store.ts';

const MAX_LECTURES = 32;
/** Of students who ask all of theirs. */
const MAX_COLLECTIONS = 8;
const KEPT_MS = 10 * 60_000;
/** Four hours of speech are about half a megabyte. */
const MAX_TRANSCRIPT_BYTES = 16_000_000;
/** Some sixty hours of speech. What is older is not asked, so that one student's lectures fit in memory. */
export const MAX_SEGMENTS_ASKED = 40_000;

/** What a question is answered from: one lecture, or several. */
export interface Lecture {
  title: string;
  durationSeconds: number;
  segments: readonly CitableSegment[];
  text: LectureText;
  index: LectureIndex;
  /** Of one lecture; one that was heard by an earlier version has none. */
  recording?: RecordingSource | undefined;
}

export interface LectureLibraryDeps {
  objects: Pick<ObjectStore, 'open'>;
  /** A student's lectures that are ready, the newest first. */
  listReady: (identityId: string) => Promise<ReadyLecture[]>;
}

export class LectureLibrary {
  readonly #deps: LectureLibraryDeps;
  readonly #lectures: LRUCache<string, Lecture>;
  readonly #collections = new LRUCache<string, Lecture>({ max: MAX_COLLECTIONS, ttl: KEPT_MS });

  constructor(deps: LectureLibraryDeps) {
    this.#deps = deps;
    this.#lectures = new LRUCache<string, Lecture>({
      max: MAX_LECTURES,
      ttl: KEPT_MS,
      // Several questions at once read a transcript once.
      fetchMethod: async (key, _stale, { signal }) => await load(deps.objects, key, signal),
    });
  }

  /**
   * @param lectureId or `*`: all of the student's lectures that are ready
   * @throws SynapscribeError not_found, lecture_not_ready, internal
   */
  async get(identityId: string, lectureId: string): Promise<Lecture> {
    if (lectureId === ALL_LECTURES) return await this.#getAll(identityId);
    const lecture = await this.#lectures.fetch(transcriptKey(identityId, lectureId));
    if (lecture === undefined) throw new SynapscribeError('not_found', 'The transcript was not found.');
    return lecture;
  }

  /** Lets go of what is kept in memory of a lecture that is no more. */
  forget(identityId: string, lectureId: string): void {
    this.#lectures.delete(transcriptKey(identityId, lectureId));
    for (const key of this.#collections.keys()) if (key.includes(lectureId)) this.#collections.delete(key);
  }

  async #getAll(identityId: string): Promise<Lecture> {
    const ready = await this.#deps.listReady(identityId);
    if (ready.length === 0) {
      throw new SynapscribeError('lecture_not_ready', 'There is no lecture yet that is ready for questions.');
    }
    // A title may be changed by its student.
    const key = JSON.stringify([identityId, ready]);
    const known = this.#collections.get(key);
    if (known !== undefined) return known;
    const collection = await this.#collect(identityId, ready);
    this.#collections.set(key, collection);
    return collection;
  }

  /** Nothing where it is being deleted: the others are asked all the same. */
  async #find(identityId: string, lectureId: string): Promise<Lecture | undefined> {
    try {
      return await this.get(identityId, lectureId);
    } catch (error) {
      if (error instanceof SynapscribeError && error.code === 'not_found') return undefined;
      throw error;
    }
  }

  async #collect(identityId: string, ready: readonly ReadyLecture[]): Promise<Lecture> {
    const segments: CitableSegment[] = [];
    let durationSeconds = 0;
    const sections: LectureSection[] = [];
    for (const lecture of ready) {
      const found = await this.#find(identityId, lecture.lectureId);
      if (found === undefined) continue;
      const { segments: own, durationSeconds: seconds } = found;
      if (segments.length + own.length > MAX_SEGMENTS_ASKED) break;
      durationSeconds += seconds;
      sections.push({ from: segments.length, title: lecture.title });
      for (const segment of own) segments.push({ ...segment, lecture });
    }
    const title = 'All lectures';
    const text = new LectureText(title, segments, sections);
    return { title, durationSeconds, segments, text, index: new LectureIndex(segments) };
  }
}

async function load(objects: Pick<ObjectStore, 'open'>, key: string, signal: AbortSignal): Promise<Lecture> {
  const { body, size } = await objects.open(key, signal);
  if (size > MAX_TRANSCRIPT_BYTES) throw new SynapscribeError('internal', 'The transcript is too large.');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const transcript = transcriptSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  const { title, durationSeconds, segments, recording } = transcript;
  return {
    recording,
    title,
    durationSeconds,
    segments,
    text: new LectureText(title, segments),
    index: new LectureIndex(segments),
  };
}
