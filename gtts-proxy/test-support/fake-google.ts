/** Google Translate's speech on loopback, for tests: real MP3, or one of the ways in which the real one fails. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { encodeMp3 } from '../../audio/mp3.ts';
import { closeServer, listen } from '../../service-kit/service.ts';

export type GoogleBehaviour =
  | 'speak'
  | 'too_many_requests'
  | 'redirect'
  | 'server_error'
  | 'error_envelope'
  | 'null_audio'
  | 'not_base64'
  | 'not_mp3'
  | 'half_mp3'
  | 'html'
  | 'hang'
  | 'cut'
  | 'hang_up';

export interface GoogleRequest {
  text: string;
  language: string;
  slow: boolean;
  method: string;
  path: string;
  /** As they came: name, value, name, value. */
  rawHeaders: readonly string[];
  body: string;
  /** Resolves once the asker has hung up, or the answer is out. */
  closed: Promise<void>;
  /** Answers at last what met `hang`. */
  speak: () => void;
}

export interface FakeGoogle {
  readonly baseUrl: string;
  readonly requests: GoogleRequest[];
  /** The most requests that were open at the same time. */
  readonly mostAtOnce: number;
  /** What each text meets; `speak` unless set. */
  behave: (text: string) => GoogleBehaviour;
  /** Resolves once a request with this text has come. */
  asked: (text: string) => Promise<GoogleRequest>;
  stop: () => Promise<void>;
}

/** Seconds of MP3 in an answer. */
export const SPOKEN_SECONDS = 0.48;
const SAMPLE_RATE = 24_000;

const rpcSchema = z.tuple([z.tuple([z.tuple([z.literal('jQ1olc'), z.string(), z.null(), z.literal('generic')])])]);
const parametersSchema = z.tuple([z.string(), z.string(), z.literal(true).nullable(), z.literal('null')]);

/** @param listenAt a port; a free one unless told */
export async function startFakeGoogle(behave: FakeGoogle['behave'] = () => 'speak', listenAt = 0): Promise<FakeGoogle> {
  const tone = Float32Array.from({ length: SPOKEN_SECONDS * SAMPLE_RATE }, (_, i) => Math.sin(i / 8) / 2);
  const mp3 = await encodeMp3(tone, { sampleRate: SAMPLE_RATE, kilobits: 32 });
  const requests: GoogleRequest[] = [];
  const watchers: { text: string; resolve: (request: GoogleRequest) => void }[] = [];
  let open = 0;
  let mostAtOnce = 0;

  const server = createServer((req, res) => {
    mostAtOnce = Math.max(mostAtOnce, ++open);
    const closed = new Promise<void>((resolve) => {
      res.once('close', () => {
        open--;
        resolve();
      });
    });
    void readRequest(req, closed, () => answer(res, 'speak', mp3)).then((request) => {
      requests.push(request);
      for (const watcher of watchers) if (watcher.text === request.text) watcher.resolve(request);
      answer(res, fake.behave(request.text), mp3);
    });
  });
  const port = await listen(server, listenAt, '127.0.0.1');

  const fake: FakeGoogle = {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    get mostAtOnce() {
      return mostAtOnce;
    },
    behave,
    asked: (wanted) => {
      const known = requests.find((request) => request.text === wanted);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve) => watchers.push({ text: wanted, resolve }));
    },
    stop: () => closeServer(server, 0),
  };
  return fake;
}

async function readRequest(req: IncomingMessage, closed: Promise<void>, speak: () => void): Promise<GoogleRequest> {
  const body = await text(req);
  const [[[, escaped]]] = rpcSchema.parse(JSON.parse(new URLSearchParams(body).get('f.req') ?? ''));
  const [spoken, language, slow] = parametersSchema.parse(JSON.parse(escaped));
  const { method = '', url: path = '', rawHeaders } = req;
  return { text: spoken, language, slow: slow === true, method, path, rawHeaders, body, closed, speak };
}

function answer(res: ServerResponse, behaviour: GoogleBehaviour, mp3: Buffer): void {
  const ok = (payload: string | null): string =>
    `)]}'\n\n[["wrb.fr","jQ1olc",${JSON.stringify(payload)},null,null,null,"generic"]\n,["di",42]\n,["af.httprm",42,"1",7]\n]`;
  const audio = ok(JSON.stringify([mp3.toString('base64')]));
  switch (behaviour) {
    case 'speak':
      return void res.end(audio);
    case 'too_many_requests':
      return void res.writeHead(429, { 'content-type': 'text/html' }).end('<html>unusual traffic</html>');
    case 'redirect':
      return void res.writeHead(302, { location: 'https://www.google.com/sorry/index' }).end();
    case 'server_error':
      return void res.writeHead(500).end();
    case 'error_envelope':
      return void res.end(`)]}'\n\n[["er",null,null,null,null,400,null,null,null,3]\n,["di",8]\n]`);
    case 'null_audio':
      return void res.end(ok(null));
    case 'not_base64':
      return void res.end(ok('["//NExAA*"]'));
    case 'not_mp3':
      return void res.end(ok(JSON.stringify([Buffer.from('no audio at all').toString('base64')])));
    case 'half_mp3':
      // Off the frames' grid, at a length that base64 can tell.
      return void res.end(ok(JSON.stringify([mp3.subarray(0, (mp3.length >> 1) + 7).toString('base64')])));
    case 'html':
      return void res.end('<html>Before you continue to Google</html>');
    case 'hang':
      return;
    case 'cut':
      res.writeHead(200, { 'content-length': audio.length }).write(audio.slice(0, audio.length / 2));
      return void setImmediate(() => res.destroy());
    case 'hang_up':
      return void res.destroy();
  }
}
