/** An HTTP proxy that keeps what passes, request and status, and changes nothing: signatures hold through it. */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface RecordedRequest {
  method: string;
  /** Path and query, as sent. */
  url: string;
  /** `X-Amz-Target`, of services that speak JSON. */
  target: string | undefined;
  body: Buffer;
  /** Of the answer. */
  status: number;
}

export interface RecordingProxy {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  stop: () => Promise<void>;
}

/** @param target where it leads, which may become known later */
export async function startRecordingProxy(target: Promise<string>): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = [];
  const pass = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { hostname, port } = new URL(await target);
    const body = await buffer(req);
    const { method = 'GET', url = '/' } = req;
    // Answered by this server already.
    const headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => name !== 'expect'));
    const upstream = httpRequest({ hostname, port, method, path: url, headers, agent: false });
    upstream.on('error', () => res.destroy());
    res.on('close', () => upstream.destroy());
    upstream.on('response', (answer) => {
      const { statusCode: status = 0 } = answer;
      requests.push({ method, url, target: req.headers['x-amz-target']?.toString(), body, status });
      res.writeHead(status, answer.headers);
      answer.on('error', () => res.destroy()).pipe(res);
    });
    upstream.end(body);
  };
  const server = createServer((req, res) => {
    pass(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
