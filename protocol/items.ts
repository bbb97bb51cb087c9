/**
 * Items of the sessions table (key: sessionId + lectureId) and the transcript object.
 *
 * A guest may write its own session items, so they are read as untrusted: a field that does not parse is dropped or
 * defaulted, never trusted. Everything else lives under prefixed session ids, out of a guest's reach.
 */
import * as z from 'zod';
import { askedLectureSchema, idSchema, identityIdSchema } from './keys.ts';
import { languageSchema } from './languages.ts';
import { connectionIdSchema } from './agent-api.ts';
import { MAX_TITLE_CHARS } from './lecture-name.ts';
import { citationSchema, lectureStatusSchema } from './messages.ts';
import { waveformSchema } from './waveform.ts';

/** Sessions, responses and queries end this long after the last turn. */
export const SESSION_TTL_SECONDS = 7 * 24 * 60 * 60;

export const turnSchema = z.object({
  queryId: idSchema,
  question: z.string().max(8_000),
  answer: z.string().max(32_000),
  citations: z.array(citationSchema).max(64),
  audioKey: z.string().max(1024).nullable(),
  /** ISO 8601. */
  askedAt: z.string().max(40),
  /** The session's count of turns with this one. */
  turn: z.number().int().min(1).optional(),
});

export const sessionItemSchema = z.object({
  sessionId: identityIdSchema,
  lectureId: askedLectureSchema,
  title: z.string().max(MAX_TITLE_CHARS).catch(''),
  status: lectureStatusSchema,
  statusReason: z.string().max(1000).optional().catch(undefined),
  /** What is spoken in the recording, where it was told. */
  language: languageSchema.optional().catch(undefined),
  /** Length of the recording. */
  durationSeconds: z.number().min(0).optional().catch(undefined),
  /** The newest turns, oldest first; turns that do not parse are dropped. */
  conversation: z
    .array(z.unknown())
    .catch([])
    .transform((turns) => turns.flatMap((turn) => turnSchema.safeParse(turn).data ?? [])),
  /** Counts all turns, also those no longer kept. */
  totalTurns: z.number().int().min(0).catch(0),
  createdAt: z.string().max(40).catch(''),
  updatedAt: z.string().max(40).catch(''),
  /** Epoch seconds. */
  expiresAt: z.number().int().catch(0),
});

/** A live WebSocket connection: written at `$connect`, the only source of a message's identity. */
export const connectionItemSchema = z.object({
  sessionId: z.string().startsWith('connection#'),
  lectureId: z.literal('connection'),
  identityId: identityIdSchema,
  connectedAt: z.string(),
  expiresAt: z.number().int(),
});

/** All live connections of one identity, so that a lecture's progress reaches every open tab. */
export const identityConnectionsItemSchema = z.object({
  sessionId: z.string().startsWith('connections#'),
  lectureId: z.literal('connections'),
  connectionIds: z
    .custom<Set<unknown>>((value) => value instanceof Set)
    .transform((ids) => [...ids].flatMap((id) => connectionIdSchema.safeParse(id).data ?? []))
    .catch([]),
  expiresAt: z.number().int(),
});

export const connectionItemKey = (connectionId: string) =>
  ({ sessionId: `connection#${connectionId}`, lectureId: 'connection' }) as const;
export const identityConnectionsItemKey = (identityId: string) =>
  ({ sessionId: `connections#${identityId}`, lectureId: 'connections' }) as const;
/** Work that one process does at a time: answering a query, transcribing a lecture. */
export type ClaimKind = 'query' | 'lecture';
/**
 * The claim on work that is to be done: which of several deliveries does it. All of a kind share a partition, so that
 * those whose process has gone are found by one query.
 */
export const claimItemKey = (kind: ClaimKind, identityId: string, id: string) => ({
  sessionId: CLAIM_PARTITIONS[kind],
  lectureId: `${identityId}/${id}`,
});
export const CLAIM_PARTITIONS = { query: 'claims#queries', lecture: 'claims#lectures' } as const;
/** That the work is done, kept when the claim has gone: it is not to be done again. */
export const doneItemKey = (kind: ClaimKind, identityId: string, id: string) => ({
  sessionId: `${kind === 'query' ? 'answered' : 'transcribed'}#${identityId}`,
  lectureId: id,
});

/** What a lecture's claim keeps, as JSON: all that is needed to transcribe it on any host. */
export const lectureClaimPayloadSchema = z.object({
  key: z.string().max(1024),
  /** Attempts so far without a piece more than before, this one included. */
  runs: z.number().int().min(0),
  /** Pieces that had been heard when this attempt began. */
  pieces: z.number().int().min(0).default(0),
  /** Epoch milliseconds: until then a recording that is not there may still come. */
  uploadUntil: z.number().min(0).default(0),
});

export type LectureAttempt = z.infer<typeof lectureClaimPayloadSchema>;

/** A claim that nobody holds yet, for a lecture that is to be transcribed. */
export const openLectureClaim = (identityId: string, lectureId: string, key: string, nowMs: number) =>
  unheldLectureClaim(identityId, lectureId, { nowMs, leaseUntil: 0, attempt: { key, uploadUntil: 0 } });

/** Events of S3 come within seconds; one that has not come by then is looked after. */
export const UPLOAD_EVENT_MS = 10 * 60_000;

/**
 * A claim for a lecture that somebody is about to upload, so that it is found even if the event of its upload is lost.
 * @param uploadUntilMs when the form for it expires
 */
export const expectedLectureClaim = (
  identityId: string,
  lectureId: string,
  key: string,
  nowMs: number,
  uploadUntilMs: number,
) =>
  unheldLectureClaim(identityId, lectureId, {
    nowMs,
    leaseUntil: nowMs + UPLOAD_EVENT_MS,
    attempt: { key, uploadUntil: uploadUntilMs },
  });

function unheldLectureClaim(
  identityId: string,
  lectureId: string,
  claim: { nowMs: number; leaseUntil: number; attempt: Pick<LectureAttempt, 'key' | 'uploadUntil'> },
) {
  const { nowMs, leaseUntil, attempt } = claim;
  return {
    ...claimItemKey('lecture', identityId, lectureId),
    state: 'running',
    leaseUntil,
    payload: JSON.stringify({ ...attempt, runs: 0, pieces: 0 } satisfies LectureAttempt),
    expiresAt: Math.floor(nowMs / 1000) + SESSION_TTL_SECONDS,
  };
}

/** The condition for putting such a claim: nobody is or was at the lecture. */
export const UNHELD_CLAIM_CONDITION = {
  ConditionExpression: 'attribute_not_exists(sessionId) OR (attribute_not_exists(#owner) AND #state = :running)',
  ExpressionAttributeNames: { '#owner': 'owner', '#state': 'state' },
  ExpressionAttributeValues: { ':running': 'running' },
} as const;

/** All that has been heard of a lecture so far shares a partition: one query finds it. */
export const piecesPartition = (identityId: string, lectureId: string): string => `pieces#${identityId}/${lectureId}`;
/** What was heard in a piece of a recording, kept until the transcript is whole: it is heard once, whatever happens. */
export const pieceItemSchema = z.object({
  /** `<digest of the recording>/<start in milliseconds>` */
  lectureId: z.string(),
  start: z.number().min(0),
  end: z.number().min(0),
  voiced: z.array(z.object({ start: z.number().min(0), end: z.number().min(0) })),
  text: z.string(),
});

/** How much a student has uploaded lately. */
export const uploadsItemKey = (identityId: string) =>
  ({ sessionId: `uploads#${identityId}`, lectureId: 'uploads' }) as const;

/** A stretch of speech: seconds from the recording's start. */
export const segmentSchema = z.object({ start: z.number().min(0), end: z.number().min(0), text: z.string() });

/** `transcripts/<identity>/<lectureId>.json` */
export const transcriptSchema = z.object({
  version: z.literal(1),
  lectureId: idSchema,
  title: z.string(),
  durationSeconds: z.number().min(0),
  segments: z.array(segmentSchema),
  /** What it was heard in. */
  recording: z.object({ key: z.string().max(1024), waveform: waveformSchema }).optional(),
});

export type Turn = z.infer<typeof turnSchema>;
export type SessionItem = z.infer<typeof sessionItemSchema>;
export type ConnectionItem = z.infer<typeof connectionItemSchema>;
export type Segment = z.infer<typeof segmentSchema>;
export type RecordingSource = NonNullable<z.infer<typeof transcriptSchema>['recording']>;
export type Transcript = z.infer<typeof transcriptSchema>;
