/** For tests: an HTTP server in AgentCore's place, which writes down what it is asked and answers as it is told. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listen } from '../../../service-kit/service.ts';

export interface RecordedRequest {
  method: string;
  path: string;
  body: unknown;
}

export interface FakeAgentCore {
  endpoint: string;
  requests: RecordedRequest[];
  /** The first request to such a path, as soon as it has come. */
  requestTo: (path: string) => Promise<RecordedRequest>;
  /** From now on; 202 with an empty object until told. */
  answerWith: (answer: (request: RecordedRequest, res: ServerResponse) => void) => void;
  stop: () => Promise<void>;
}

export async function startFakeAgentCore(): Promise<FakeAgentCore> {
  const requests: RecordedRequest[] = [];
  const accept = (_request: RecordedRequest, res: ServerResponse): void => {
    res.writeHead(202, { 'content-type': 'application/json' }).end('{}');
  };
  let answer = accept;
  const arrivals = new EventEmitter();
  const server = createServer((req, res) => {
    void readBody(req).then((body) => {
      const request = { method: req.method ?? '', path: req.url ?? '', body };
      requests.push(request);
      arrivals.emit('request');
      answer(request, res);
    });
  });
  const port = await listen(server, 0, '127.0.0.1');
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    requestTo: async (path) => {
      for (;;) {
        const found = requests.find((request) => request.path === path);
        if (found !== undefined) return found;
        await once(arrivals, 'request');
      }
    },
    answerWith: (next) => {
      answer = next;
    },
    stop: () => closeServer(server, 0),
  };
}

/** An error as every HTTP service here sends it. */
export function sendOpenAiError(res: ServerResponse, status: number, code: string | null, message: string): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ error: { message, type: 'server_error', param: null, code } }));
}

async function readBody(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}
