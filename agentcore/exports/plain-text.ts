/** Text that is not ours, before it is put into a format. */

/** Controls, and the marks that make what follows be shown in another order than it stands in. */
const UNPRINTABLE = /[\p{Cc}\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/** As one line. */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\u0085]+/gu, ' ')
    .replace(UNPRINTABLE, '')
    .replace(/ +/g, ' ')
    .trim();
}

/** Line by line, without empty ones. */
export function linesOf(text: string): string[] {
  return text.split(/[\r\n\u0085\u2028\u2029]+/u).flatMap((line) => oneLine(line) || []);
}
