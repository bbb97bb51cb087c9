/** Bodies of AgentCore's HTTP API, as the Lambdas send them. */
import * as z from 'zod';
import { exportFormatSchema, exportWhatSchema } from './exports.ts';
import { MAX_SEARCH_HITS, searchHitSchema, searchTextSchema } from './search.ts';
import { askedLectureSchema, idSchema, identityIdSchema } from './keys.ts';
import { languageSchema } from './languages.ts';
import { lectureStatusSchema, MAX_QUESTION_CHARS } from './messages.ts';
import { waveformSchema } from './waveform.ts';

/** API Gateway's connection id: an opaque token that may end in `=`. */
export const connectionIdSchema = z.string().regex(/^[\w=-]{1,128}$/, 'must be a connection id');

/** `POST /v1/queries`: either `audioKey` or `text`. */
export const queryRequestSchema = z
  .object({
    queryId: idSchema,
    identityId: identityIdSchema,
    lectureId: askedLectureSchema,
    audioKey: z.string().min(1).max(1024).optional(),
    text: z.string().max(MAX_QUESTION_CHARS).optional(),
    language: languageSchema.optional(),
    connectionId: connectionIdSchema.optional(),
  })
  .refine((q) => (q.audioKey === undefined) !== (q.text === undefined), {
    message: 'give either audioKey or text',
    path: ['text'],
  })
  .refine((q) => q.text === undefined || q.text.trim().length > 0, { message: 'must not be empty', path: ['text'] });

/** `POST /v1/lectures`: transcription begins. `key` is the object's key in the audio bucket. */
export const lectureRequestSchema = z.object({
  identityId: identityIdSchema,
  lectureId: idSchema,
  key: z.string().min(1).max(1024),
  connectionId: connectionIdSchema.optional(),
});

/** `POST /v1/lectures/<lectureId>/events`: a status that a Lambda has stored, to be told to the student's connections. */
export const lectureNotificationSchema = z.object({
  identityId: identityIdSchema,
  status: lectureStatusSchema,
  progress: z.number().min(0).max(1),
  message: z.string().max(1000),
});

/** `GET /v1/lectures/<lectureId>/transcript` and `…/conversation`: in the query. */
export const exportQuerySchema = z.object({ identityId: identityIdSchema, format: exportFormatSchema });

/** `POST /v1/lectures/<lectureId>/exports`: the same as a file in S3, of which the caller gets a link. */
export const exportRequestSchema = z.object({
  identityId: identityIdSchema,
  what: exportWhatSchema,
  format: exportFormatSchema,
});
/** `expiresAt` is in epoch seconds. */
export const exportLinkSchema = z.object({ url: z.url(), expiresAt: z.number().int() });

/** Whose the lecture or question is: in the query of requests that tell no more. */
export const ownerQuerySchema = z.object({ identityId: identityIdSchema });

/** What `GET /v1/lectures/<lectureId>/recording` gives. */
export const recordingLinkSchema = exportLinkSchema.extend({ waveform: waveformSchema });

const limitFault = `must be a whole number from 1 to ${MAX_SEARCH_HITS}`;
/** `GET /v1/lectures/<lectureId>/search`: in the query. */
export const searchQuerySchema = z.object({
  identityId: identityIdSchema,
  q: searchTextSchema,
  limit: z
    .string()
    .regex(/^\d{1,4}$/, limitFault)
    .transform(Number)
    .pipe(z.number().min(1, limitFault).max(MAX_SEARCH_HITS, limitFault))
    .optional(),
});
export const searchResultSchema = z.object({ hits: z.array(searchHitSchema) });

export type QueryRequest = z.infer<typeof queryRequestSchema>;
export type LectureRequest = z.infer<typeof lectureRequestSchema>;
export type LectureNotification = z.infer<typeof lectureNotificationSchema>;
export type ExportRequest = z.infer<typeof exportRequestSchema>;
export type ExportLink = z.infer<typeof exportLinkSchema>;
export type RecordingLink = z.infer<typeof recordingLinkSchema>;
