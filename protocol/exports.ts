/** What a student may take out of SynapScribe, and as what. */
import { z } from 'zod';

export const exportWhatSchema = z.enum(['transcript', 'conversation'], 'must be transcript or conversation');
export const exportFormatSchema = z.enum(['vtt', 'srt', 'md', 'json'], 'must be vtt, srt, md or json');

export type ExportWhat = z.infer<typeof exportWhatSchema>;
export type ExportFormat = z.infer<typeof exportFormatSchema>;

/** Of a search in a transcript, in characters. */
export const MAX_SEARCH_CHARS = 200;
export const MAX_SEARCH_HITS = 50;

export const searchTextSchema = z
  .string()
  .max(MAX_SEARCH_CHARS, `must be at most ${MAX_SEARCH_CHARS} characters`)
  .refine((text) => text.trim().length > 0, 'must not be empty');

/** A place where what was searched for is said: seconds from the recording's start. Higher scores match better. */
export const searchHitSchema = z.object({
  start: z.number().min(0),
  end: z.number().min(0),
  text: z.string(),
  score: z.number().min(0),
});

export type SearchHit = z.infer<typeof searchHitSchema>;
