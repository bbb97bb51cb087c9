/** One function for each action of a client: what it does, and the message that the client gets for it. */
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import type { S3Client } from '@aws-sdk/client-s3';
import { SynapscribeError } from '../../../protocol/errors.ts';
import { MAX_SEARCH_HITS } from '../../../protocol/search.ts';
import { lectureKey, parseKey } from '../../../protocol/keys.ts';
import type {
  CancelMessage,
  ClientMessage,
  DeleteMessage,
  ExportMessage,
  QueryMessage,
  RecordingMessage,
  SearchMessage,
  ServerMessage,
  UploadMessage,
} from '../../../protocol/messages.ts';
import type { AgentCoreClient } from '../agentcore-client.ts';
import { searchReply } from './search-reply.ts';
import type { UploadStore } from './upload-store.ts';

const UPLOAD_URL_SECONDS = 60 * 60;

export interface ActionContext {
  connectionId: string;
  /** From the connection's record, never from the message. */
  identityId: string;
  signal: AbortSignal;
}

export interface ActionDependencies {
  agentCore: AgentCoreClient;
  uploads: UploadStore;
  s3: S3Client;
  bucket: string;
  /** Epoch milliseconds. */
  now: () => number;
}

/** @returns the reply, or nothing where there is none @throws SynapscribeError */
export function performAction(
  deps: ActionDependencies,
  message: Exclude<ClientMessage, { action: 'ping' }>,
  context: ActionContext,
): Promise<ServerMessage | undefined> {
  switch (message.action) {
    case 'query':
      return query(deps, message, context);
    case 'upload':
      return upload(deps, message, context);
    case 'cancel':
      return cancel(deps, message, context);
    case 'export':
      return exportLecture(deps, message, context);
    case 'search':
      return search(deps, message, context);
    case 'recording':
      return recording(deps, message, context);
    case 'delete':
      return deleteLecture(deps, message, context);
  }
}

async function query(deps: ActionDependencies, message: QueryMessage, context: ActionContext): Promise<ServerMessage> {
  const { queryId, lectureId, audioKey, text, language } = message;
  if (audioKey !== undefined) checkAudioKey(audioKey, queryId, context.identityId);
  await deps.agentCore.startQuery({
    queryId,
    identityId: context.identityId,
    lectureId,
    ...(audioKey === undefined ? {} : { audioKey }),
    ...(text === undefined ? {} : { text }),
    ...(language === undefined ? {} : { language }),
    connectionId: context.connectionId,
  });
  return { type: 'accepted', queryId, seq: 0 };
}

/** A question is the asker's own, and named after the query, so that one recording cannot be asked in two names. */
function checkAudioKey(audioKey: string, queryId: string, identityId: string): void {
  const key = parseKey(audioKey);
  if (key?.kind !== 'query') {
    throw new SynapscribeError('bad_request', 'The field "audioKey" is not the key of a question.', {
      param: 'audioKey',
    });
  }
  if (key.identityId !== identityId) {
    throw new SynapscribeError('forbidden', 'The field "audioKey" names a question of someone else.', {
      param: 'audioKey',
    });
  }
  if (key.queryId !== queryId) {
    throw new SynapscribeError('bad_request', 'The field "audioKey" does not belong to this queryId.', {
      param: 'audioKey',
    });
  }
}

async function upload(
  deps: ActionDependencies,
  message: UploadMessage,
  { identityId, signal }: ActionContext,
): Promise<ServerMessage> {
  // S3 would put the uploader's own file name in its place.
  if (message.filename.includes('${')) {
    throw new SynapscribeError('bad_request', 'The field "filename" must not hold "${".', { param: 'filename' });
  }
  await deps.uploads.takeShare(identityId, message.bytes, signal);
  await deps.uploads.createSession(identityId, message, signal);
  const key = lectureKey(identityId, message.lectureId, message.filename);
  const expiresAt = Math.floor(deps.now() / 1000) + UPLOAD_URL_SECONDS;
  await deps.uploads.expectLecture(identityId, message.lectureId, { key, uploadUntilMs: expiresAt * 1000 }, signal);
  const { url, fields } = await createPresignedPost(deps.s3, {
    Bucket: deps.bucket,
    Key: key,
    Conditions: [['content-length-range', 1, message.bytes]],
    Fields: {
      'Content-Type': storedType(message.contentType),
      'x-amz-meta-title': encodeTitle(message.title),
      success_action_status: '204',
    },
    Expires: UPLOAD_URL_SECONDS,
  });
  return { type: 'upload', lectureId: message.lectureId, url, fields, expiresAt };
}

/** A recording is linked to as it was uploaded: nothing that a browser would show as a page. Its content decides anyway. */
function storedType(contentType: string): string {
  return /^(?:audio|video)\//i.test(contentType) ? contentType : 'application/octet-stream';
}

/** S3 metadata is ASCII of at most 2 KB: 200 characters percent-encoded are 1,800. A half surrogate becomes U+FFFD. */
function encodeTitle(title: string): string {
  return encodeURIComponent(Buffer.from(title).toString());
}

async function cancel(
  deps: ActionDependencies,
  message: CancelMessage,
  { identityId }: ActionContext,
): Promise<undefined> {
  // AgentCore itself tells the client that the query was cancelled.
  await deps.agentCore.cancelQuery(identityId, message.queryId);
}

async function exportLecture(
  deps: ActionDependencies,
  { lectureId, what, format }: ExportMessage,
  { identityId }: ActionContext,
): Promise<ServerMessage> {
  const { url, expiresAt } = await deps.agentCore.exportLecture(lectureId, { identityId, what, format });
  return { type: 'export', lectureId, what, format, url, expiresAt };
}

async function search(
  deps: ActionDependencies,
  { lectureId, text }: SearchMessage,
  { identityId }: ActionContext,
): Promise<ServerMessage> {
  const hits = await deps.agentCore.searchLecture(lectureId, { identityId, q: text, limit: MAX_SEARCH_HITS });
  return searchReply(lectureId, text, hits);
}

async function recording(
  deps: ActionDependencies,
  { lectureId }: RecordingMessage,
  { identityId }: ActionContext,
): Promise<ServerMessage> {
  return { type: 'recording', lectureId, ...(await deps.agentCore.recordingOf(identityId, lectureId)) };
}

async function deleteLecture(
  deps: ActionDependencies,
  { lectureId }: DeleteMessage,
  { identityId }: ActionContext,
): Promise<ServerMessage> {
  await deps.agentCore.deleteLecture(identityId, lectureId);
  return { type: 'deleted', lectureId };
}
