/**
 * S3 keys: how they are made, and how untrusted ones are read.
 *
 *     lectures/<identity>/<lectureId>/<file>     transcripts/<identity>/<lectureId>.json
 *     queries/<identity>/<queryId>.<ext>         responses/<identity>/<queryId>.mp3
 *     responses/<identity>/<lectureId>.<transcript|conversation>.<vtt|srt|md|json>
 */
import * as z from 'zod';
import { exportFormatSchema, exportWhatSchema, type ExportFormat, type ExportWhat } from './exports.ts';

/** A Cognito identity id: `<region>:<uuid>`. */
export const identityIdSchema = z
  .string()
  .regex(
    /^[a-z]{2}(?:-[a-z]+){1,3}-\d:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    'must be a Cognito identity id',
  );

/** Lecture and query ids: lower-case UUIDs, so that one id has one spelling. */
export const idSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a lower-case UUID');

/** In place of a lecture's id: all lectures of the student. */
export const ALL_LECTURES = '*';

/** What a question is about: a lecture, or all of them. */
export const askedLectureSchema = z.union([idSchema, z.literal(ALL_LECTURES)], 'must be a lower-case UUID or *');

/** A file name as it may stand in a key: no separators, no control characters, no leading dot, at most 100 characters. */
export const fileNameSchema = z.string().regex(/^[^./\\\p{C}%][^/\\\p{C}%]{0,99}$/u, 'must be a plain file name');

const extensionSchema = z.string().regex(/^[a-z0-9]{1,8}$/);

export type ObjectKey =
  | { kind: 'lecture'; identityId: string; lectureId: string; fileName: string }
  | { kind: 'transcript'; identityId: string; lectureId: string }
  | { kind: 'query'; identityId: string; queryId: string; extension: string }
  | { kind: 'response'; identityId: string; queryId: string }
  | { kind: 'export'; identityId: string; lectureId: string; what: ExportWhat; format: ExportFormat };

export const lectureKey = (identityId: string, lectureId: string, fileName: string): string =>
  `lectures/${identityId}/${lectureId}/${fileName}`;
export const transcriptKey = (identityId: string, lectureId: string): string =>
  `transcripts/${identityId}/${lectureId}.json`;
export const queryKey = (identityId: string, queryId: string, extension: string): string =>
  `queries/${identityId}/${queryId}.${extension}`;
export const responseKey = (identityId: string, queryId: string): string => `responses/${identityId}/${queryId}.mp3`;
export const exportKey = (identityId: string, lectureId: string, what: ExportWhat, format: ExportFormat): string =>
  `responses/${identityId}/${lectureId === ALL_LECTURES ? ALL_IN_KEYS : lectureId}.${what}.${format}`;

/** `*` stands for much else where keys are listed and granted. */
const ALL_IN_KEYS = 'all-lectures';

const SHAPES: readonly { pattern: RegExp; read: (parts: string[]) => unknown; schema: z.ZodType<ObjectKey> }[] = [
  {
    pattern: /^lectures\/([^/]+)\/([^/]+)\/([^/]+)$/,
    read: ([identityId, lectureId, fileName]) => ({ kind: 'lecture', identityId, lectureId, fileName }),
    schema: z.object({
      kind: z.literal('lecture'),
      identityId: identityIdSchema,
      lectureId: idSchema,
      fileName: fileNameSchema,
    }),
  },
  {
    pattern: /^transcripts\/([^/]+)\/([^/]+)\.json$/,
    read: ([identityId, lectureId]) => ({ kind: 'transcript', identityId, lectureId }),
    schema: z.object({ kind: z.literal('transcript'), identityId: identityIdSchema, lectureId: idSchema }),
  },
  {
    pattern: /^queries\/([^/]+)\/([^/.]+)\.([^/]+)$/,
    read: ([identityId, queryId, extension]) => ({ kind: 'query', identityId, queryId, extension }),
    schema: z.object({
      kind: z.literal('query'),
      identityId: identityIdSchema,
      queryId: idSchema,
      extension: extensionSchema,
    }),
  },
  {
    pattern: /^responses\/([^/]+)\/([^/.]+)\.mp3$/,
    read: ([identityId, queryId]) => ({ kind: 'response', identityId, queryId }),
    schema: z.object({ kind: z.literal('response'), identityId: identityIdSchema, queryId: idSchema }),
  },
  {
    pattern: /^responses\/([^/]+)\/([^/.*]+)\.([a-z]+)\.([a-z]+)$/,
    read: ([identityId, of, what, format]) => {
      const lectureId = of === ALL_IN_KEYS ? ALL_LECTURES : of;
      return { kind: 'export', identityId, lectureId, what, format };
    },
    schema: z.object({
      kind: z.literal('export'),
      identityId: identityIdSchema,
      lectureId: askedLectureSchema,
      what: exportWhatSchema,
      format: exportFormatSchema,
    }),
  },
];

/** Reads an untrusted key. `undefined` for anything that this system would not have made itself. */
export function parseKey(key: string): ObjectKey | undefined {
  if (key.length > 1024) return undefined;
  for (const { pattern, read, schema } of SHAPES) {
    const match = pattern.exec(key);
    if (match === null) continue;
    const parsed = schema.safeParse(read(match.slice(1)));
    return parsed.success ? parsed.data : undefined;
  }
  return undefined;
}

/** The key in an S3 event record: URL-encoded, a space as `+`. `undefined` where it cannot be decoded. */
export function decodeEventKey(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
