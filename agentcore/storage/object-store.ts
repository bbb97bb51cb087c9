/** The audio bucket: recordings, transcripts, answers. */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Readable } from 'node:stream';
import type { ExportLink } from '../../protocol/agent-api.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import { responseKey } from '../../protocol/keys.ts';
import { withStallTimeout } from '../stall-timeout.ts';
import type { AwsClients } from './aws-clients.ts';
import { storageUnavailable } from './storage-errors.ts';

/** A body that says nothing for so long has broken: the client's own timeout ends with the headers. */
const STALL_MS = 5_000;
/** A guest may have put any number of objects under its name. */
const MAX_LISTED = 10_000;
/** S3's own limit of one deletion. */
const MAX_DELETED_AT_ONCE = 1_000;
/** How long a link to a spoken answer works. */
const LINK_SECONDS = 3_600;

export interface OpenObject {
  body: AsyncIterable<Uint8Array>;
  /** In bytes. */
  size: number;
}

export class ObjectStore {
  readonly #clients: Pick<AwsClients, 's3' | 'publicS3'>;
  readonly #bucket: string;

  constructor(clients: Pick<AwsClients, 's3' | 'publicS3'>, bucket: string) {
    this.#clients = clients;
    this.#bucket = bucket;
  }

  /**
   * Opens an object for reading, from an offset below its size on.
   * @throws SynapscribeError not_found, or internal where S3 cannot be reached
   */
  async open(key: string, signal: AbortSignal, from = 0): Promise<OpenObject> {
    try {
      const range = from === 0 ? {} : { Range: `bytes=${from}-` };
      const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, ...range });
      const { Body, ContentLength } = await this.#clients.s3.send(command, { abortSignal: signal });
      if (!(Body instanceof Readable)) throw new TypeError('S3 gave no body');
      return { body: guarded(Body, signal), size: ContentLength ?? 0 };
    } catch (error) {
      throw toStorageError(error, signal);
    }
  }

  /** @throws SynapscribeError not_found, internal */
  async openFrom(key: string, from: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return (await this.open(key, signal, from)).body;
  }

  /**
   * An object's length in bytes, and its ETag, which another content under the same key does not have.
   * @throws SynapscribeError not_found, internal
   */
  async describe(key: string, signal: AbortSignal): Promise<{ size: number; version: string }> {
    try {
      const command = new HeadObjectCommand({ Bucket: this.#bucket, Key: key });
      const { ContentLength = 0, ETag = '' } = await this.#clients.s3.send(command, { abortSignal: signal });
      return { size: ContentLength, version: ETag };
    } catch (error) {
      throw toStorageError(error, signal);
    }
  }

  /** Writes a whole object. */
  async write(key: string, body: Buffer | string, contentType: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.#clients.s3.send(
        new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body, ContentType: contentType }),
        signal && { abortSignal: signal },
      );
    } catch (error) {
      throw toStorageError(error, signal);
    }
  }

  /** The keys that begin so, as many as one request may take the time for. @throws SynapscribeError internal */
  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let from: string | undefined;
    do {
      const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: from });
      const { Contents = [], NextContinuationToken } = await this.#clients.s3.send(command).catch((error: unknown) => {
        throw toStorageError(error);
      });
      keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
      from = NextContinuationToken;
    } while (from !== undefined && keys.length < MAX_LISTED);
    return keys;
  }

  /** Deletes objects; one that is not there is no error. @throws SynapscribeError internal where one is left */
  async remove(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += MAX_DELETED_AT_ONCE) {
      const Objects = keys.slice(at, at + MAX_DELETED_AT_ONCE).map((Key) => ({ Key }));
      const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } });
      const { Errors: [failed] = [] } = await this.#clients.s3.send(command).catch((error: unknown) => {
        throw toStorageError(error);
      });
      if (failed !== undefined) throw storageUnavailable(new Error(`${failed.Code}: ${failed.Message}`));
    }
  }

  /** A link to a spoken answer that works for an hour, for whoever holds it. Only what AgentCore wrote is linked to. */
  async linkToAnswer(identityId: string, queryId: string): Promise<string> {
    const key = responseKey(identityId, queryId);
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
    return await getSignedUrl(this.#clients.publicS3, command, { expiresIn: LINK_SECONDS });
  }

  /** A link to an export, to be saved as a file under a name of its own. It works as long as one to an answer. */
  async linkToExport(key: string, contentDisposition: string): Promise<ExportLink> {
    return await this.#link(key, { ResponseContentDisposition: contentDisposition });
  }

  /** A link to a recording, to be played. It works as long as one to an answer. */
  async linkToRecording(key: string): Promise<ExportLink> {
    return await this.#link(key, { ResponseContentDisposition: 'inline' });
  }

  async #link(key: string, response: { ResponseContentDisposition: string }): Promise<ExportLink> {
    const expiresAt = Math.floor(Date.now() / 1000) + LINK_SECONDS;
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, ...response });
    return { url: await getSignedUrl(this.#clients.publicS3, command, { expiresIn: LINK_SECONDS }), expiresAt };
  }

  /** @throws where the bucket cannot be reached */
  async check(signal: AbortSignal): Promise<void> {
    await this.#clients.s3.send(new HeadBucketCommand({ Bucket: this.#bucket }), { abortSignal: signal });
  }
}

/** An object's bytes. @throws SynapscribeError internal where they break off or stall; the signal's reason */
async function* guarded(body: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const timeouts = { firstMs: STALL_MS, nextMs: STALL_MS };
  const abort = (): void => void body.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    yield* withStallTimeout<Uint8Array>(body, timeouts, abort);
    signal.throwIfAborted();
  } catch (error) {
    throw toStorageError(error, signal);
  } finally {
    signal.removeEventListener('abort', abort);
    body.destroy();
  }
}

function toStorageError(error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof S3ServiceException && ['NoSuchKey', 'NotFound'].includes(error.name)) {
    return new SynapscribeError('not_found', 'The recording was not found.', { cause: error });
  }
  return storageUnavailable(error);
}
