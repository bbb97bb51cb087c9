/** Languages as students and services name them: BCP 47 tags such as `de` or `pt-BR`. */
import * as z from 'zod';

/** The language, and at most a script and a region. @see https://www.rfc-editor.org/info/bcp47 */
export const languageSchema = z
  .string()
  .max(20)
  .regex(/^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?$/, 'must be a language tag such as de or pt-BR');

const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' });

/** As an English sentence names it: "German". */
export const languageName = (tag: string): string => names.of(tag) ?? tag;
