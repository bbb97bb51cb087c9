/** What kind of answer a question asks for, and what a sentence needs to give it. */

export type QuestionKind =
  'person' | 'time' | 'amount' | 'frequency' | 'reason' | 'place' | 'manner' | 'definition' | 'other';

const KINDS: [QuestionKind, RegExp][] = [
  ['frequency', /\bhow (?:often|frequently|regularly)\b/i],
  ['amount', /\bhow (?:many|much|long|far|high|tall|deep|wide|heavy|old|big|large|fast|hot|cold|strong|thick)\b/i],
  [
    'amount',
    /\b(?:what|which) (?:percentage|proportion|fraction|number|amount|temperature|speed|distance|size|price)\b/i,
  ],
  ['time', /\b(?:when|what year|which year|what century|which century|what date|since when|what time|how long ago)\b/i],
  ['person', /\b(?:who|whom|whose)\b/i],
  [
    'reason',
    /\b(?:why|how come|what causes?|what caused|what makes?|what made|reasons?|what is the cause|what for|what (?:is|are|was|were) .+ for(?=\W*$))\b/i,
  ],
  ['place', /\b(?:where|which (?:country|city|town|place|region)|what (?:country|city|town|place|region))\b/i],
  ['definition', /\bwhat (?:is|are|was|were|'s) (?:an? |the |meant )?[\p{L}' -]+$|\bwhat does .+ mean\b|\bdefin/iu],
  ['manner', /\bhow\b/i],
];

const MONTH =
  'january|february|march|april|may|june|july|august|september|october|november|december|summer|autumn|winter';
const NUMBER_WORD =
  'two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|sixteen|twenty|thirty|forty|fifty|sixty|' +
  'seventy|eighty|ninety|hundred|thousand|million|billion|half|third|thirds|quarter|twice|dozen|percent|double';

const SIGNS: Record<QuestionKind, RegExp> = {
  person: /(?<=[\p{Ll},;] )(?!I\b)\p{Lu}\p{Ll}+|\b(?:named|called|by a|a man|a woman|monk|scientist)\b/u,
  time: new RegExp(
    `\\b\\d{3,4}\\b|\\b(?:${MONTH}|century|centuries|ago|year|years|week|weeks|days?|when|until|since|noon|night|dawn)\\b`,
    'i',
  ),
  frequency:
    /\b(?:every|each|once|twice|times an? |times per|daily|weekly|monthly|yearly|annual(?:ly)?|always|never|rarely|seldom)\b/i,
  amount: new RegExp(`\\d|\\b(?:${NUMBER_WORD})\\b`, 'i'),
  reason:
    /\b(?:because|since|so that|due to|therefore|thus|reason|causes?|caused|as a result|for this|that is why|owing|in order to|comes? from|(?:and|,) so)\b/i,
  place: /\b(?:in|at|near|on|from|off) (?:the )?\p{Lu}/u,
  manner: /\b(?:by|through|using|with|via|when|means)\b/i,
  definition: /\b(?:is|are|was|means?|called|known as|refers?|defined|we call|we get|that is)\b/i,
  other: /(?!)/,
};

export function kindOf(question: string): QuestionKind {
  return KINDS.find(([, pattern]) => pattern.test(question))?.[0] ?? 'other';
}

/** Units, or what a number of them is called, by what is asked for. */
const UNITS: [RegExp, RegExp][] = [
  [
    /\b(?:costs?|prices?|paid|pay|money|expensive|worth|earn)\b/i,
    /\$|£|€|\b(?:dollars?|pounds?|shillings?|pence|penn(?:y|ies)|cents?|euros?|francs?|marks?|coins?|free|per ?cent)\b/i,
  ],
  [/\bhow old\b/i, /\b(?:years?|months?|weeks?|days?|century|centuries|aged?)\b/i],
  [/\bhow fast\b|\bspeed\b/i, /\b(?:hours?|seconds?|minutes?|days?|years?|knots|times)\b/i],
  [
    /\bhow (?:far|high|tall|deep|wide|thick)\b/i,
    /\b(?:\w*met(?:re|er)s?|miles?|feet|foot|inch(?:es)?|yards?|hands?|storeys?|stories)\b/i,
  ],
  [/\bhow heavy\b|\bweigh/i, /\b(?:\w*grams?|tons?|tonnes?|pounds?|ounces?|stone)\b/i],
  [/\bhow (?:hot|cold)\b|\btemperature\b/i, /\bdegrees?\b/i],
];

/** Whether such an answer shows. Names of people and places, unlike numbers, are in half of all sentences. */
export const isShown = (kind: QuestionKind): boolean => kind === 'time' || kind === 'amount' || kind === 'frequency';

/** What a sentence must hold to give the kind of answer that a question asks for: an amount in its unit, for one. */
export function signOf(question: string): RegExp {
  return unitOf(question) ?? SIGNS[kindOf(question)];
}

/** Whether a question asks for an amount that is told in a unit: without it, a sentence is hardly the answer. */
export function asksForUnit(question: string): boolean {
  return unitOf(question) !== undefined;
}

function unitOf(question: string): RegExp | undefined {
  return kindOf(question) === 'amount' ? UNITS.find(([asks]) => asks.test(question))?.[1] : undefined;
}
