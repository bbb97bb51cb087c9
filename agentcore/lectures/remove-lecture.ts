/** A lecture taken away by its student, with all that came of it. */
import { parseKey, responseKey, transcriptKey } from '../../protocol/keys.ts';
import type { LectureLibrary } from '../queries/lecture-library.ts';
import type { Claims } from '../storage/claims.ts';
import type { DynamoLecturePieces } from '../storage/lecture-pieces.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { SessionStore } from '../storage/session-store.ts';

export interface RemoveLectureDeps {
  objects: Pick<ObjectStore, 'list' | 'remove'>;
  sessions: Pick<SessionStore, 'get' | 'remove'>;
  claims: Pick<Claims, 'deleted'>;
  pieces: Pick<DynamoLecturePieces, 'remove'>;
  library: Pick<LectureLibrary, 'forget'>;
}

/**
 * Deletes recording, transcript, exports, what was heard, the conversation with its spoken questions and answers, and
 * the session item. It is noted first that the lecture is deleted, so that an upload that comes late is deleted too. The
 * item goes after the objects: what fails before that may be asked for again. A lecture that is not there is no error.
 * One that is being transcribed ends by itself, as soon as its item is missed. Of a student's spoken questions the first
 * 10,000 are looked through; what is not found ends after seven days.
 * @throws SynapscribeError internal where the storage cannot be reached
 */
export async function removeLecture(deps: RemoveLectureDeps, identityId: string, lectureId: string): Promise<void> {
  const { objects, sessions, claims, pieces, library } = deps;
  const transcript = transcriptKey(identityId, lectureId);
  const listExports = async (): Promise<string[]> => await objects.list(`responses/${identityId}/${lectureId}.`);
  await claims.deleted(identityId, lectureId);
  const session = await sessions.get(identityId, lectureId);
  const asked = new Set(session?.conversation.map(({ queryId }) => queryId));
  const [recordings, exports, questions] = await Promise.all([
    objects.list(`lectures/${identityId}/${lectureId}/`),
    listExports(),
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
  // What was being written meanwhile: from now on whoever writes misses the item.
  await Promise.all([pieces.remove(identityId, lectureId), objects.remove([transcript, ...(await listExports())])]);
}
