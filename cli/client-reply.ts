/** One message about a lecture, and its route's reply. */
import { isGatewayFailure } from '../client/gateway-failure.ts';
import { REPLY_TIMEOUT_MS } from '../client/timing.ts';
import { SynapscribeError } from '../protocol/errors.ts';
import type { ClientMessage, ServerMessage } from '../protocol/messages.ts';
import { converse } from './client-converse.ts';
import type { ClientSocket } from './client-socket.ts';

/**
 * @param ours the reply out of the messages about this lecture
 * @throws SynapscribeError as the server said it, or agent_unavailable; the signal's reason
 */
export async function replyAbout<T extends { lectureId: string }>(
  socket: ClientSocket,
  message: Extract<ClientMessage, { lectureId: string }>,
  ours: (reply: ServerMessage) => T | undefined,
  signal?: AbortSignal,
): Promise<T> {
  const { lectureId } = message;
  return await converse<T>(socket, {
    begin: () => socket.send(JSON.stringify(message)),
    receive: ({ message: reply, raw }) => {
      if (isGatewayFailure(raw)) throw unanswered();
      if (reply === undefined) return undefined;
      const found = ours(reply);
      if (found?.lectureId === lectureId) return found;
      if (reply.type !== 'error' || reply.queryId !== undefined) return undefined;
      if ((reply.lectureId ?? lectureId) !== lectureId) return undefined;
      throw new SynapscribeError(reply.code, reply.message, { retryable: reply.retryable });
    },
    silenceMs: REPLY_TIMEOUT_MS,
    // Whatever else is said, the reply is due.
    isAbout: () => false,
    onSilence: () => {
      throw unanswered();
    },
    signal,
  });
}

const unanswered = (): SynapscribeError =>
  new SynapscribeError('agent_unavailable', 'SynapScribe did not answer. Please try again.');
