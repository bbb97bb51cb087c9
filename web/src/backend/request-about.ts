/** One message about a lecture, and its reply. */
import { REPLY_TIMEOUT_MS } from '../../../client/timing.ts';
import { SynapscribeError } from '../../../protocol/errors.ts';
import type { ClientMessage, ServerMessage } from '../../../protocol/messages.ts';
import type { Connection } from './connection.ts';

/**
 * @param ours the reply out of the messages about this lecture
 * @throws SynapscribeError as the server said it, or agent_unavailable where it says nothing or cannot be reached
 */
export function requestAbout<T extends { lectureId: string }>(
  connection: Connection,
  message: Extract<ClientMessage, { lectureId: string }>,
  ours: (reply: ServerMessage) => T | undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      unlisten();
      unwatch();
      settle();
    };
    const fail = (): void =>
      end(() => reject(new SynapscribeError('agent_unavailable', 'SynapScribe did not answer. Please try again.')));
    const timer = setTimeout(fail, REPLY_TIMEOUT_MS);
    const unlisten = connection.listen((received) => {
      if (received.type === 'gateway-failure') {
        fail();
        return;
      }
      if (received.type === 'error') {
        const { queryId, lectureId, code, message: text, retryable } = received;
        if (queryId !== undefined || lectureId !== message.lectureId) return;
        end(() => reject(new SynapscribeError(code, text, { retryable })));
        return;
      }
      const reply = ours(received);
      if (reply?.lectureId === message.lectureId) end(() => resolve(reply));
    });
    let sent = false;
    let unwatch: () => void = () => undefined;
    unwatch = connection.state.subscribe(({ kind }) => {
      if (kind !== 'open') {
        if (sent) queueMicrotask(fail);
        return;
      }
      sent = connection.send(message);
    });
  });
}
