/** Patterns of ARNs, in which `*` stands for any text. */

/** Whether there is any text that both patterns match. */
export function globsMeet(one: string, other: string): boolean {
  /** Of the rest of both, by where they begin: `*` of either may take more than one turn. */
  const known = new Map<number, boolean>();
  const meet = (i: number, j: number): boolean => {
    const at = i * (other.length + 1) + j;
    const before = known.get(at);
    if (before !== undefined) return before;
    const found = compare(i, j);
    known.set(at, found);
    return found;
  };
  const compare = (i: number, j: number): boolean => {
    if (i === one.length && j === other.length) return true;
    if (one[i] === '*') return meet(i + 1, j) || (j < other.length && meet(i, j + 1));
    if (other[j] === '*') return meet(i, j + 1) || (i < one.length && meet(i + 1, j));
    return i < one.length && j < other.length && one[i] === other[j] && meet(i + 1, j + 1);
  };
  return meet(0, 0);
}
