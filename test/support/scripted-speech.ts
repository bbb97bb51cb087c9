/**
 * A speech server that speaks by a script: real MP3 on a timeline, or one of the failures that the real one has.
 * For tests and benches; its timing is that of FACTS.md's measurements unless told.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { closeServer, listen } from '../../service-kit/service.ts';

export interface SpeechScript {
  /** Until the body's first byte. */
  firstByteMs: number;
  /** Until the whole body is out. */
  wholeMs: number;
  /**
   * `error`: 500 before any audio; `cut`: the socket dies within the body; `empty`: 200 without audio; `hang`: nothing
   * ever comes; `busy`: 429.
   */
  fail: 'error' | 'cut' | 'empty' | 'hang' | 'busy' | null;
  /** The sound so many times over. */
  repeat: number;
  /** Requests before this one (from 0) do not fail. */
  failFrom: number;
}

export interface SpokenRequest {
  input: string;
  /** gtts-proxy's own parameter, where it was sent. */
  language?: string;
  /** Epoch milliseconds, as the others. */
  startedAt: number;
  endedAt: number | null;
  /** Whether the client left before the body was out. */
  aborted: boolean;
}

export interface ScriptedSpeech {
  /** An OpenAI-style base, `/v1` included. */
  readonly baseUrl: string;
  readonly requests: SpokenRequest[];
  script: SpeechScript;
  stop: () => Promise<void>;
}

/** Speaks at once and does not fail. */
export const PROMPT: SpeechScript = { firstByteMs: 0, wholeMs: 0, fail: null, failFrom: 0, repeat: 1 };

const SOUND = new URL('../fixtures/audio/spoken-piece.mp3', import.meta.url);
const CHUNKS = 8;

/** A pause of the script: it does not keep a process alive whose client has left. */
const sleep = async (ms: number): Promise<void> => await setTimeout(ms, undefined, { ref: false });

export async function startScriptedSpeech(script: Partial<SpeechScript> = {}): Promise<ScriptedSpeech> {
  const sound = await readFile(SOUND);
  const speech: Pick<ScriptedSpeech, 'requests' | 'script'> = {
    requests: [],
    script: { ...PROMPT, ...script },
  };
  const server = createServer((req, res) => {
    if (req.url !== '/v1/audio/speech') {
      res.writeHead(200).end('{}');
      return;
    }
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const { input, language } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as SpokenRequest;
      const asked = { input, ...(language !== undefined && { language }) };
      const request: SpokenRequest = { ...asked, startedAt: Date.now(), endedAt: null, aborted: false };
      const number = speech.requests.push(request) - 1;
      res.on('close', () => {
        request.endedAt = Date.now();
        request.aborted = !res.writableFinished;
      });
      const { fail, failFrom } = speech.script;
      void speak(res, sound, { ...speech.script, fail: number >= failFrom ? fail : null });
    });
  });
  const port = await listen(server, 0, '127.0.0.1');
  return Object.assign(speech, {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    stop: async () => await closeServer(server, 0),
  });
}

async function speak(res: ServerResponse, sound: Buffer, script: SpeechScript): Promise<void> {
  if (script.fail === 'hang') return;
  if (script.fail === 'error' || script.fail === 'busy') {
    const body = { error: { message: 'scripted failure', type: 'server_error', param: null, code: null } };
    const headers = { 'content-type': 'application/json', 'x-should-retry': 'false' };
    res.writeHead(script.fail === 'busy' ? 429 : 500, headers).end(JSON.stringify(body));
    return;
  }
  const gone = once(res, 'close').then(() => true);
  const pause = async (ms: number): Promise<boolean> => await Promise.race([gone, sleep(ms).then(() => false)]);
  if (await pause(script.firstByteMs)) return;
  res.writeHead(200, { 'content-type': 'audio/mpeg' });
  if (script.fail === 'empty') {
    res.end();
    return;
  }
  const body = Buffer.concat(Array.from({ length: script.repeat }, () => sound));
  const size = Math.ceil(body.length / CHUNKS);
  const pauseMs = Math.max(0, script.wholeMs - script.firstByteMs) / (CHUNKS - 1);
  for (let i = 0; i < CHUNKS; i++) {
    if (i > 0 && (await pause(pauseMs))) return;
    if (script.fail === 'cut' && i === CHUNKS / 2) {
      res.destroy();
      return;
    }
    res.write(body.subarray(i * size, (i + 1) * size));
  }
  res.end();
}
