/** A file sent to a presigned POST, straight from disk, with progress: `fetch` tells none and sends no length. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SynapscribeError } from '../protocol/errors.ts';

export interface PostOptions {
  /** Of the file's bytes. */
  onProgress?: ((sent: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface PresignedForm {
  url: string;
  fields: Record<string, string>;
}

const MAX_ERROR_CHARS = 10_000;

/** @throws SynapscribeError `bad_request` where S3 refuses the file, `internal` or `agent_unavailable` where it cannot take any */
export async function postFile(
  form: PresignedForm,
  file: string | Uint8Array,
  options: PostOptions = {},
): Promise<void> {
  const total = typeof file === 'string' ? (await stat(file)).size : file.length;
  const boundary = `synapscribe-${randomUUID()}`;
  const head = Buffer.from(formHead(form.fields, boundary));
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const url = new URL(form.url);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = send(url, {
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': head.length + total + tail.length,
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const answered = answerTo(request);
  try {
    const content = typeof file === 'string' ? createReadStream(file) : Readable.from(slices(file));
    const body = Readable.from(concatenated(head, content.pipe(counter(total, options.onProgress)), tail));
    // S3 may answer, and close, before it has read all of what it refuses.
    await Promise.race([pipeline(body, request), answered]);
    const { status, text } = await answered;
    if (status >= 200 && status < 300) return;
    if (status >= 500) throw storageFailed();
    const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? String(status);
    throw new SynapscribeError('bad_request', `The storage refused the file: ${code}.`);
  } catch (error) {
    request.destroy();
    options.signal?.throwIfAborted();
    if (error instanceof SynapscribeError) throw error;
    throw new SynapscribeError('agent_unavailable', 'The upload broke off.', { cause: error });
  }
}

/** What a student sees of storage that is full, or down. */
export const storageFailed = (cause?: unknown): SynapscribeError =>
  new SynapscribeError('internal', 'The storage takes nothing right now. Please try again in a few minutes.', {
    cause,
  });

function formHead(fields: Record<string, string>, boundary: string): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  // The policy names the type; the file's part repeats it for servers that look there.
  const type = fields['Content-Type'] ?? 'application/octet-stream';
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\nContent-Type: ${type}\r\n\r\n`;
  return parts.join('') + file;
}

function counter(total: number, onProgress: PostOptions['onProgress']): Transform {
  let sent = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      onProgress?.(sent, total);
      done(null, chunk);
    },
  });
}

async function* concatenated(head: Buffer, content: Readable, tail: Buffer): AsyncGenerator {
  yield head;
  yield* content;
  yield tail;
}

function* slices(bytes: Uint8Array, length = 64 * 1024) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function answerTo(request: ClientRequest): Promise<{ status: number; text: string }> {
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        if (text.length < MAX_ERROR_CHARS) text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
  });
  // Awaited later: until then a failure is not unhandled.
  answered.catch(() => undefined);
  return answered;
}
