/** Word error rate: substitutions, insertions and deletions against what was said. */

const plain = (text: string): string[] =>
  text
    .toLowerCase()
    .replace(/\bmr\./g, 'mister')
    .replace(/[^a-z' ]+/g, ' ')
    .split(' ')
    .filter((word) => word !== '');

/** How many words `heard` differs by from `said`; case and punctuation do not count. */
export function wordErrors(said: string, heard: string): { errors: number; words: number } {
  const wanted = plain(said);
  const given = plain(heard);
  let row = given.map((_, i) => i + 1);
  for (const [i, word] of wanted.entries()) {
    const next: number[] = [];
    for (const [j, other] of given.entries()) {
      const diagonal = j === 0 ? i : (row[j - 1] ?? 0);
      const left = j === 0 ? i + 1 : (next[j - 1] ?? 0);
      next.push(Math.min(diagonal + (word === other ? 0 : 1), (row[j] ?? 0) + 1, left + 1));
    }
    row = next;
  }
  return { errors: row.at(-1) ?? wanted.length, words: wanted.length };
}
