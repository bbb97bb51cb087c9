/** WebSocket messages, as JSON text. A client's message is at most 32 KB, a server's at most 30 KB. */
import * as z from 'zod';
import { errorCodeSchema } from './errors.ts';
import { exportFormatSchema, exportWhatSchema } from './exports.ts';
import { searchHitSchema, searchTextSchema } from './search.ts';
import { askedLectureSchema, fileNameSchema, idSchema } from './keys.ts';
import { languageSchema } from './languages.ts';
import { lectureName, MAX_TITLE_CHARS } from './lecture-name.ts';
import { waveformSchema } from './waveform.ts';

export const MAX_CLIENT_MESSAGE_BYTES = 32 * 1024;
export const MAX_SERVER_MESSAGE_BYTES = 30 * 1024;
/** A typed question, in characters. */
export const MAX_QUESTION_CHARS = 2_000;
/** An uploaded lecture, in bytes: 2 GB. */
export const MAX_LECTURE_BYTES = 2_000_000_000;

// ---- client → server ----

export const queryMessageSchema = z
  .strictObject({
    action: z.literal('query'),
    queryId: idSchema,
    lectureId: askedLectureSchema,
    audioKey: z.string().min(1).max(1024).optional(),
    text: z.string().max(MAX_QUESTION_CHARS, `must be at most ${MAX_QUESTION_CHARS} characters`).optional(),
    /** Of question and answer. The models find out by themselves unless told. */
    language: languageSchema.optional(),
  })
  .refine((m) => (m.audioKey === undefined) !== (m.text === undefined), {
    message: 'give either audioKey or text',
    path: ['text'],
  })
  .refine((m) => m.text === undefined || m.text.trim().length > 0, { message: 'must not be empty', path: ['text'] });

export const uploadMessageSchema = z.strictObject({
  action: z.literal('upload'),
  lectureId: idSchema,
  title: z.string().trim().min(1).max(MAX_TITLE_CHARS),
  filename: fileNameSchema,
  contentType: z
    .string()
    .max(100)
    .regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type'),
  bytes: z.number().int().min(1).max(MAX_LECTURE_BYTES, 'must be at most 2 GB'),
  /** What is spoken in the recording; the recognizer finds out by itself unless told. */
  language: languageSchema.optional(),
});

export const cancelMessageSchema = z.strictObject({ action: z.literal('cancel'), queryId: idSchema });
/** A file of a lecture's transcript, or of the conversation about it, or about all (`*`). */
export const exportMessageSchema = z.strictObject({
  action: z.literal('export'),
  lectureId: askedLectureSchema,
  what: exportWhatSchema,
  format: exportFormatSchema,
});
/** A search in a lecture's transcript, or in all (`*`); words in double quotes are looked for as they stand. */
export const searchMessageSchema = z.strictObject({
  action: z.literal('search'),
  lectureId: askedLectureSchema,
  text: searchTextSchema,
});
/** The recording of a lecture, to be played. */
export const recordingMessageSchema = z.strictObject({ action: z.literal('recording'), lectureId: idSchema });
/** Takes a lecture away for good, with all that came of it. */
export const deleteMessageSchema = z.strictObject({ action: z.literal('delete'), lectureId: idSchema });
export const pingMessageSchema = z.strictObject({ action: z.literal('ping') });

export const clientMessageSchema = z.discriminatedUnion('action', [
  queryMessageSchema,
  uploadMessageSchema,
  cancelMessageSchema,
  exportMessageSchema,
  searchMessageSchema,
  recordingMessageSchema,
  deleteMessageSchema,
  pingMessageSchema,
]);

export type QueryMessage = z.infer<typeof queryMessageSchema>;
export type UploadMessage = z.infer<typeof uploadMessageSchema>;
export type CancelMessage = z.infer<typeof cancelMessageSchema>;
export type ExportMessage = z.infer<typeof exportMessageSchema>;
export type SearchMessage = z.infer<typeof searchMessageSchema>;
export type RecordingMessage = z.infer<typeof recordingMessageSchema>;
export type DeleteMessage = z.infer<typeof deleteMessageSchema>;
export type ClientMessage = z.infer<typeof clientMessageSchema>;

// ---- server → client ----

const seconds = z.number().min(0);
const milliseconds = z.number().min(0);

/**
 * The place in the recording that an answer rests on: seconds from its start, and what is said there. Where all lectures
 * were asked, it names the lecture.
 */
export const citationSchema = z.object({
  start: seconds,
  end: seconds,
  text: z.string(),
  ...lectureName,
});

/** Milliseconds from the moment AgentCore took the query, but `asrMs`, which is the recognition's own time. */
export const timingsSchema = z.object({
  /** Time spent on recognising the question; null for a typed one. */
  asrMs: milliseconds.nullable(),
  /** Until the model's first token. */
  firstTokenMs: milliseconds.nullable(),
  /** Until the first byte of speech; null where there is none. */
  firstAudioMs: milliseconds.nullable(),
  /** Until the answer was whole, spoken and stored. */
  totalMs: milliseconds,
});

const event = { queryId: idSchema, seq: z.number().int().min(0) };

export const acceptedEventSchema = z.object({ type: z.literal('accepted'), ...event });
export const questionEventSchema = z.object({ type: z.literal('question'), ...event, text: z.string() });
export const answerEventSchema = z.object({ type: z.literal('answer'), ...event, delta: z.string() });
/**
 * A part of the spoken answer. `index` numbers the spoken pieces (clauses, then sentences) from 0; a piece may come in
 * several events, in order of `seq`, and `last` marks its last one, whose data may be empty. All data joined in order
 * of `seq` is one playable stream; so is each piece alone.
 */
export const audioEventSchema = z.object({
  type: z.literal('audio'),
  ...event,
  index: z.number().int().min(0),
  mime: z.string(),
  data: z.base64(),
  last: z.boolean(),
});
export const citationEventSchema = z.object({ type: z.literal('citation'), ...event, ...citationSchema.shape });
export const doneEventSchema = z.object({
  type: z.literal('done'),
  ...event,
  question: z.string(),
  answer: z.string(),
  /** The session's count of turns with this one: 1 for the first. */
  turn: z.number().int().min(1),
  /** Null where there is no speech. */
  audioKey: z.string().nullable(),
  audioUrl: z.string().nullable(),
  citations: z.array(citationSchema),
  timings: timingsSchema,
});
export const errorEventSchema = z.object({
  type: z.literal('error'),
  queryId: idSchema.optional(),
  lectureId: askedLectureSchema.optional(),
  seq: z.number().int().min(0).optional(),
  code: errorCodeSchema,
  message: z.string(),
  retryable: z.boolean(),
});

/** A sign of life where a query has nothing to tell for a while. It has no number: it is no part of the answer. */
export const workingEventSchema = z.object({ type: z.literal('working'), queryId: idSchema });

export const lectureStatusSchema = z.enum(['uploaded', 'validating', 'transcribing', 'ready', 'rejected']);
export const lectureEventSchema = z.object({
  type: z.literal('lecture'),
  lectureId: idSchema,
  status: lectureStatusSchema,
  /** The share done, 0 to 1. */
  progress: z.number().min(0).max(1),
  message: z.string(),
});

/** The answer to `upload`: a presigned POST. `expiresAt` is in epoch seconds. */
export const uploadReplySchema = z.object({
  type: z.literal('upload'),
  lectureId: idSchema,
  url: z.url(),
  fields: z.record(z.string(), z.string()),
  expiresAt: z.number().int(),
});
/** The answer to `export`: a link to the file. `expiresAt` is in epoch seconds. */
export const exportReplySchema = z.object({
  type: z.literal('export'),
  lectureId: askedLectureSchema,
  what: exportWhatSchema,
  format: exportFormatSchema,
  url: z.url(),
  expiresAt: z.number().int(),
});
/** The answer to `search`, the best hit first: as many as fit a message. `text` is what was searched for. */
export const searchReplySchema = z.object({
  type: z.literal('search'),
  lectureId: askedLectureSchema,
  text: z.string(),
  hits: z.array(searchHitSchema),
});
/** The answer to `recording`: a link to it, which serves ranges, and its outline. `expiresAt` is in epoch seconds. */
export const recordingReplySchema = z.object({
  type: z.literal('recording'),
  lectureId: idSchema,
  url: z.url(),
  expiresAt: z.number().int(),
  waveform: waveformSchema,
});
/** The answer to `delete`: nothing is left of the lecture. */
export const deletedReplySchema = z.object({ type: z.literal('deleted'), lectureId: idSchema });
export const pongReplySchema = z.object({ type: z.literal('pong') });

/** What AgentCore sends for one query; `accepted` (seq 0) is the WebSocket route's own response. */
export const queryEventSchema = z.discriminatedUnion('type', [
  questionEventSchema,
  answerEventSchema,
  audioEventSchema,
  citationEventSchema,
  doneEventSchema,
  errorEventSchema,
]);

export const serverMessageSchema = z.discriminatedUnion('type', [
  acceptedEventSchema,
  questionEventSchema,
  answerEventSchema,
  audioEventSchema,
  citationEventSchema,
  doneEventSchema,
  errorEventSchema,
  workingEventSchema,
  lectureEventSchema,
  uploadReplySchema,
  exportReplySchema,
  searchReplySchema,
  recordingReplySchema,
  deletedReplySchema,
  pongReplySchema,
]);

export type Citation = z.infer<typeof citationSchema>;
export type Timings = z.infer<typeof timingsSchema>;
export type DoneEvent = z.infer<typeof doneEventSchema>;
export type LectureStatus = z.infer<typeof lectureStatusSchema>;
export type LectureEvent = z.infer<typeof lectureEventSchema>;
export type QueryEvent = z.infer<typeof queryEventSchema>;
export type WorkingEvent = z.infer<typeof workingEventSchema>;
export type UploadReply = z.infer<typeof uploadReplySchema>;
export type ExportReply = z.infer<typeof exportReplySchema>;
export type SearchReply = z.infer<typeof searchReplySchema>;
export type RecordingReply = z.infer<typeof recordingReplySchema>;
export type DeletedReply = z.infer<typeof deletedReplySchema>;
export type ServerMessage = z.infer<typeof serverMessageSchema>;
