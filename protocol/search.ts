/** A search in what was said, and what it finds. */
import * as z from 'zod';
import { lectureName } from './lecture-name.ts';

/** What is searched for, in characters. */
export const MAX_SEARCH_CHARS = 200;
export const MAX_SEARCH_HITS = 50;

export const searchTextSchema = z
  .string()
  .max(MAX_SEARCH_CHARS, `must be at most ${MAX_SEARCH_CHARS} characters`)
  .refine((text) => text.trim().length > 0, 'must not be empty');

/**
 * A place where what was searched for is said: seconds from the recording's start. Higher scores match better.
 * Where all lectures were searched, it names the lecture.
 */
export const searchHitSchema = z.object({
  start: z.number().min(0),
  end: z.number().min(0),
  text: z.string(),
  score: z.number().min(0),
  ...lectureName,
});

export type SearchHit = z.infer<typeof searchHitSchema>;
