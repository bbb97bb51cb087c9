/** How well speech was heard. */

/** Lower case, without punctuation; what recognizers write in two ways is written in one. */
export function words(text: string): string[] {
  const plain = text
    .toLowerCase()
    .replace(/\bmr\b\.?/g, 'mister')
    .replace(/-/g, ' ')
    .replace(/[^\p{L}\p{N}'\s]/gu, ' ');
  return plain.split(/\s+/u).filter((word) => word !== '');
}

/** Word-level Levenshtein distance: the fewest words put in, left out or changed. */
export function wordErrors(reference: readonly string[], heard: readonly string[]): number {
  let row = Array.from({ length: heard.length + 1 }, (_, i) => i);
  for (const [i, word] of reference.entries()) {
    const next = [i + 1];
    for (const [j, other] of heard.entries()) {
      const change = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Word errors over the reference's words: 0 for heard right, above 1 where more was heard than said. */
export function wordErrorRate(reference: string, heard: string): number {
  const expected = words(reference);
  return wordErrors(expected, words(heard)) / expected.length;
}
