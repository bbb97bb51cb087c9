/** Waiting on a connection for what one has asked: until it comes, the other side falls silent, or somebody gives up. */
import { connectionLost, type ClientSocket, type ReceivedMessage } from './client-socket.ts';

export interface Conversation<T> {
  /** Sends the request, once messages are listened to. */
  begin?: () => void;
  /** Sees every message; gives the result, or throws it, or waits on with `undefined`. */
  receive: (received: ReceivedMessage) => T | undefined;
  /** Longest wait for a message that `receive` has use for: see `isAbout`. */
  silenceMs: number;
  /** Whether a message breaks the silence; every message unless told. */
  isAbout?: (received: ReceivedMessage) => boolean;
  /** What silence gives, or throws. */
  onSilence: () => T;
  /** Its reason is thrown. */
  signal?: AbortSignal | undefined;
}

/** @throws SynapscribeError agent_unavailable where the connection ends before the result */
export function converse<T>(socket: ClientSocket, conversation: Conversation<T>): Promise<T> {
  const { begin, receive, silenceMs, isAbout = () => true, onSilence, signal } = conversation;
  return new Promise<T>((resolve, reject) => {
    const settle = (work: () => T | undefined): void => {
      try {
        const result = work();
        if (result === undefined) return;
        resolve(result);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
      clearTimeout(timer);
      unlisten();
      signal?.removeEventListener('abort', onAbort);
    };
    const startTimer = (): NodeJS.Timeout => setTimeout(() => settle(onSilence), silenceMs);
    const onAbort = (): void =>
      settle(() => {
        throw signal?.reason;
      });
    let timer = startTimer();
    const unlisten = socket.listen((received) => {
      if (isAbout(received)) {
        clearTimeout(timer);
        timer = startTimer();
      }
      settle(() => receive(received));
    });
    void socket.closed.then(() =>
      settle(() => {
        throw connectionLost();
      }),
    );
    if (signal?.aborted === true) onAbort();
    else {
      signal?.addEventListener('abort', onAbort, { once: true });
      if (begin !== undefined) {
        settle(() => {
          begin();
          return undefined;
        });
      }
    }
  });
}
