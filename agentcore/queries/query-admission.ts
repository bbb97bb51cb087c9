/** Whether a query is to be answered, here and now: whose recording it is, whether it is new, whether its lecture is ready. */
import type { QueryRequest } from '../../protocol/agent-api.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import type { SessionItem } from '../../protocol/items.ts';
import { ALL_LECTURES, parseKey } from '../../protocol/keys.ts';
import type { ClaimOutcome, Claims } from '../storage/claims.ts';
import type { SessionStore } from '../storage/session-store.ts';

export interface AdmissionDeps {
  claims: Claims;
  sessions: SessionStore;
}

export interface Admission {
  claim: Exclude<ClaimOutcome, 'cancelled'>;
  session: SessionItem;
}

/**
 * Takes a query, or tells that it is taken or done. Where it is refused, its claim is given back.
 * @throws SynapscribeError not_found, lecture_not_ready, cancelled, internal; the signal's reason
 */
export async function admitQuery(
  { claims, sessions }: AdmissionDeps,
  { identityId, queryId, lectureId, connectionId: listener }: QueryRequest,
  signal: AbortSignal,
): Promise<Admission> {
  const [claim, session] = await Promise.allSettled([
    claims.claim(identityId, queryId, { listener, signal }),
    lectureId === ALL_LECTURES ? sessions.getAll(identityId, signal) : sessions.get(identityId, lectureId, signal),
  ]);
  const giveBack = async (): Promise<void> => {
    if (claim.status === 'fulfilled' && claim.value !== 'claimed') return;
    // A claim whose answer was not waited for may be there all the same.
    await claims.release(identityId, queryId).catch(() => undefined);
  };
  try {
    signal.throwIfAborted();
    if (claim.status === 'rejected') throw claim.reason;
    if (session.status === 'rejected') throw session.reason;
    if (claim.value === 'cancelled') throw new SynapscribeError('cancelled', 'The question was cancelled.');
    return { claim: claim.value, session: requireReady(session.value) };
  } catch (error) {
    // Not waited for: storage that hangs must not hold the refusal.
    void giveBack();
    throw error;
  }
}

/**
 * AgentCore does not trust that the Lambda looked: the recording must be this student's, for this query.
 * @throws SynapscribeError bad_request, forbidden
 */
export function checkAudioKey({ audioKey, identityId, queryId }: QueryRequest): void {
  if (audioKey === undefined) return;
  const key = parseKey(audioKey);
  if (key?.kind !== 'query') {
    throw new SynapscribeError('bad_request', 'audioKey is not the key of a recorded question.', { param: 'audioKey' });
  }
  if (key.identityId !== identityId) {
    throw new SynapscribeError('forbidden', 'This recording belongs to someone else.', { param: 'audioKey' });
  }
  if (key.queryId !== queryId) {
    throw new SynapscribeError('bad_request', 'audioKey belongs to another question.', { param: 'audioKey' });
  }
}

/** @throws SynapscribeError not_found, lecture_not_ready */
export function requireReady(session: SessionItem | undefined): SessionItem {
  if (session === undefined) throw new SynapscribeError('not_found', 'There is no such lecture.');
  if (session.status === 'ready') return session;
  if (session.status === 'rejected') {
    const reason = session.statusReason ?? 'The recording could not be used.';
    throw new SynapscribeError('lecture_not_ready', `This lecture was refused: ${reason}`, { retryable: false });
  }
  throw new SynapscribeError('lecture_not_ready', `This lecture is not ready yet: it is ${session.status}.`);
}
