/** Notices a speech model that repeats itself, as it does on noise and on windows that are too long. */

const LONGEST_UNIT = 12;

/** People do say a word three or four times over; whole phrases hardly more than twice. */
function allowedRepeats(unitLength: number): number {
  if (unitLength === 1) return 6;
  return unitLength <= 3 ? 4 : 3;
}

/**
 * Looks at the end of what was generated so far.
 * @returns the tokens with the repeated end kept once, or undefined while nothing repeats beyond measure
 */
export function collapseRepetition(tokens: readonly number[]): number[] | undefined {
  for (let unit = 1; unit <= LONGEST_UNIT; unit++) {
    const repeats = allowedRepeats(unit) + 1;
    if (tokens.length < unit * repeats) continue;
    const start = tokens.length - unit * repeats;
    let same = true;
    for (let i = start + unit; i < tokens.length && same; i++) same = tokens[i] === tokens[i - unit];
    if (same) return tokens.slice(0, start + unit);
  }
  return undefined;
}
