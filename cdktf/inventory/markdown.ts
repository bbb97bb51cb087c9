/** Markdown of text that nobody vouches for. */

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '|': '\\|',
  '`': '\\`',
  '~': '\\~',
  '*': '\\*',
  '[': '\\[',
  ']': '\\]',
  '\\': '\\\\',
};
const MAX_CELL = 500;

/** Plain text within a line, a table's cell included: nothing in it is markup, a link, HTML or a new line. */
export function escapeText(text: string): string {
  const line = text
    // Controls, and what turns the direction of writing.
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const cut = Array.from(line);
  const short = cut.length > MAX_CELL ? `${cut.slice(0, MAX_CELL).join('')}…` : line;
  return (
    short
      .replace(/[&<>|`~*[\]\\]/g, (character) => ESCAPES[character] ?? character)
      // Underscores within words are text already; at a word's edge they would slant it.
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
      // GitHub makes links of bare addresses.
      .replace(/(?<=\S)@(?=\S)/g, '&#64;')
      .replace(/(https?|ftp):\/\//gi, '$1:&#47;&#47;')
      .replace(/\bwww\./gi, 'www&#46;')
  );
}

/** A table of plain text. Cells are escaped here, and nowhere else. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], align: string[] = []): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => escapeText(cell)).join(' | ')} |`;
  const rule = `| ${head.map((_, i) => (align[i] === 'right' ? '---:' : '---')).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
