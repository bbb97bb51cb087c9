/** One POST to Google: TLS verified, redirects not followed, a deadline to the last byte, a bounded body. */
import { request as httpRequest, type Agent, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { withDeadline } from '../../service-kit/deadline.ts';
import { GoogleError } from './google-error.ts';

/** 100 characters are about 60 KB of base64. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024;

export interface PostOptions {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
  agent: Agent;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * The body of a reply of status 200.
 * @throws GoogleError, or the signal's reason once it aborts
 */
export async function post(options: PostOptions): Promise<string> {
  return await withDeadline(options.timeoutMs, options.signal, (limited) => postUntil(limited, options));
}

async function postUntil(limited: AbortSignal, { url, headers, body, agent, signal }: PostOptions): Promise<string> {
  const options: RequestOptions = {
    method: 'POST',
    // In the order in which Python's HTTP client sends them, with what it adds by itself.
    headers: { Host: url.host, 'Accept-Encoding': 'identity', ...headers, 'Content-Length': Buffer.byteLength(body) },
    agent,
    signal: limited,
  };
  let reply: IncomingMessage | undefined;
  try {
    reply = await send(url, options, body);
    checkStatus(reply);
    return await readAll(reply);
  } catch (error) {
    reply?.destroy();
    signal.throwIfAborted();
    if (error instanceof GoogleError) throw error;
    if (limited.aborted) throw new GoogleError('timeout', 'Google took too long.', { cause: error });
    if (reply !== undefined) throw new GoogleError('cut', "Google's reply broke off.", { cause: error });
    throw new GoogleError('unreachable', 'Google cannot be reached.', { cause: error });
  }
}

function send(url: URL, options: RequestOptions, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options);
    // HTTP/1.1 keeps connections without being told, and gTTS does not tell.
    request.removeHeader('connection');
    request.once('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
}

function checkStatus({ statusCode = 0 }: IncomingMessage): void {
  if (statusCode === 200) return;
  if (statusCode === 429 || (statusCode >= 300 && statusCode < 400)) {
    throw new GoogleError('blocked', `Google refuses for now, with status ${statusCode}.`);
  }
  throw new GoogleError('status', `Google answered with status ${statusCode}.`);
}

async function readAll(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_REPLY_BYTES) throw new GoogleError('malformed', "Google's reply is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
