/** A lecture taken away by its student, with all that came of it. */
import { parseKey, responseKey, transcriptKey } from '../../protocol/keys.ts';
import type { LectureLibrary } from '../queries/lecture-library.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { SessionStore } from '../storage/session-store.ts';

export interface RemoveLectureDeps {
  objects: Pick<ObjectStore, 'list' | 'remove'>;
  sessions: Pick<SessionStore, 'get' | 'remove'>;
  library: Pick<LectureLibrary, 'forget'>;
}

/**
 * Deletes recording, transcript, exports, the conversation with its spoken questions and answers, and last the session
 * item: what fails before that may be asked for again. A lecture that is not there is no error. One that is being
 * transcribed ends by itself, as soon as its item is missed.
 * @throws SynapscribeError internal where the storage cannot be reached
 */
export async function removeLecture(deps: RemoveLectureDeps, identityId: string, lectureId: string): Promise<void> {
  const { objects, sessions, library } = deps;
  const session = await sessions.get(identityId, lectureId);
  const asked = new Set(session?.conversation.map(({ queryId }) => queryId));
  const transcript = transcriptKey(identityId, lectureId);
  const [recordings, exports, questions] = await Promise.all([
    objects.list(`lectures/${identityId}/${lectureId}/`),
    objects.list(`responses/${identityId}/${lectureId}.`),
    asked.size === 0 ? [] : objects.list(`queries/${identityId}/`),
  ]);
  const spoken = questions.filter((key) => {
    const parsed = parseKey(key);
    return parsed?.kind === 'query' && asked.has(parsed.queryId);
  });
  const answers = [...asked].map((queryId) => responseKey(identityId, queryId));
  await objects.remove([...recordings, transcript, ...exports, ...spoken, ...answers]);
  await sessions.remove(identityId, lectureId);
  library.forget(identityId, lectureId);
  // One that was being written meanwhile.
  await objects.remove([transcript]);
}
