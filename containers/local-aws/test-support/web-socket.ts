/** For tests: a WebSocket client whose messages and close are waited for. */
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Mailbox } from './deferred.ts';

export interface TestSocket {
  socket: WebSocket;
  /** The next message; waits for it. */
  next: () => Promise<string>;
  send: (message: string | Buffer | object) => void;
  closed: Promise<{ code: number; reason: string }>;
}

/** @throws Error where the handshake is refused: see `refusedHandshake` */
export async function connect(url: string, headers: Record<string, string> = {}): Promise<TestSocket> {
  const socket = new WebSocket(url, { headers });
  const messages = new Mailbox<string>();
  socket.on('message', (data) => messages.put((data as Buffer).toString()));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(socket, 'open');
  socket.on('error', () => undefined);
  return {
    socket,
    next: () => messages.take(),
    send: (message) =>
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    closed,
  };
}

/** The answer of a server that does not take the connection. */
export async function refusedHandshake(
  url: string,
): Promise<{ status: number | undefined; body: string; type: string }> {
  const socket = new WebSocket(url);
  socket.on('error', () => undefined);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    socket.once('unexpected-response', (_request, response) => resolve(response));
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('The connection was taken.'));
    });
  });
  let body = '';
  for await (const chunk of answer) body += String(chunk);
  return { status: answer.statusCode, body, type: String(answer.headers['x-amzn-errortype']) };
}
