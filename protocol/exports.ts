/** What a student may take out of SynapScribe, and as what. */
import * as z from 'zod';

export const exportWhatSchema = z.enum(['transcript', 'conversation'], 'must be transcript or conversation');
export const exportFormatSchema = z.enum(['vtt', 'srt', 'md', 'json'], 'must be vtt, srt, md or json');

export type ExportWhat = z.infer<typeof exportWhatSchema>;
export type ExportFormat = z.infer<typeof exportFormatSchema>;
