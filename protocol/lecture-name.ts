/** How one lecture of several is named, where all of a student's are asked or searched. */
import * as z from 'zod';
import { idSchema } from './keys.ts';

/** A lecture's title, in characters. */
export const MAX_TITLE_CHARS = 200;

/** Part of what rests on a place in a recording; absent where only one lecture can be meant. */
export const lectureName = {
  lectureId: idSchema.optional(),
  title: z.string().max(MAX_TITLE_CHARS).optional(),
};
