/** Which metrics a PromQL expression asks for. Enough of the language for the expressions of this project. */

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;
const MATCHERS = /\{[^}]*\}/g;
const RANGE = /\[[^\]]*\]/g;
const LABEL_LIST = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;
const DURATION = /\b\d+(?:ms|[smhdwy])\b/g;
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w)(?!\s*\()/g;
/** Aggregations are told from metrics by what follows them: `by (…)`, taken out, leaves `sum (`. */
const KEYWORDS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

/** @returns each name once, in the order in which they stand */
export function metricsOf(expression: string): string[] {
  const bare = [STRING, MATCHERS, RANGE, LABEL_LIST, DURATION].reduce(
    (text, part) => text.replace(part, ' '),
    expression,
  );
  const names = [...bare.matchAll(NAME)].map(([name]) => name).filter((name) => !KEYWORDS.has(name.toLowerCase()));
  return [...new Set(names)];
}
