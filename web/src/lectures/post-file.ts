/** A file sent to a presigned POST. By XMLHttpRequest: `fetch` tells no progress of what it sends. */
import { SynapscribeError } from '../../../protocol/errors.ts';
import type { UploadReply } from '../../../protocol/messages.ts';

/**
 * @param onProgress the share sent, 0 to 1
 * @throws SynapscribeError bad_request where S3 refuses the file, internal or agent_unavailable where it cannot take any; the signal's reason
 */
export function postFile(
  { url, fields }: Pick<UploadReply, 'url' | 'fields'>,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', file);
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    const abort = (): void => request.abort();
    signal.addEventListener('abort', abort, { once: true });
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
    request.addEventListener('loadend', () => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(signal.reason as Error);
      else if (request.status >= 200 && request.status < 300) resolve();
      else reject(failure(request.status, request.responseText));
    });
    request.open('POST', url);
    request.send(form);
  });
}

function failure(status: number, text: string): SynapscribeError {
  if (status === 0) return new SynapscribeError('agent_unavailable', 'The upload broke off. Please try again.');
  if (status >= 500) {
    return new SynapscribeError('internal', 'The storage takes nothing right now. Please try again in a few minutes.');
  }
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? String(status);
  return new SynapscribeError('bad_request', `The storage refused the file: ${code}.`);
}
