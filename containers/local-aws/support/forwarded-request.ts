/** A request as it is handed on inside the process: another address, other headers, a body that was read already. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

export type ForwardedRequest = Readable & {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  httpVersion: string;
  httpVersionMajor: number;
  httpVersionMinor: number;
  socket: Socket;
};

/** `body` becomes the request: with everything on it that HTTP frameworks read of one. */
export function forwardRequest(
  req: IncomingMessage,
  { url, headers, body }: { url: string; headers: IncomingHttpHeaders; body: Readable },
): ForwardedRequest {
  const { httpVersion, httpVersionMajor, httpVersionMinor, socket, method = 'GET' } = req;
  return Object.assign(body, { method, url, headers, httpVersion, httpVersionMajor, httpVersionMinor, socket });
}
