/** What kind of answer a question asks for, and what a sentence needs to give it. */

export type QuestionKind = 'person' | 'time' | 'amount' | 'reason' | 'place' | 'manner' | 'definition' | 'other';

const KINDS: [QuestionKind, RegExp][] = [
  [
    'amount',
    /\bhow (?:many|much|long|far|high|tall|deep|wide|heavy|old|big|large|fast|hot|cold|often|strong|thick)\b/i,
  ],
  [
    'amount',
    /\b(?:what|which) (?:percentage|proportion|fraction|number|amount|temperature|speed|distance|size|price)\b/i,
  ],
  ['time', /\b(?:when|what year|which year|what century|which century|what date|since when|what time|how long ago)\b/i],
  ['person', /\b(?:who|whom|whose)\b/i],
  [
    'reason',
    /\b(?:why|how come|what causes?|what caused|what makes?|what made|reasons?|what is the cause|what for)\b/i,
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

export function hasSignOf(kind: QuestionKind, sentence: string): boolean {
  return SIGNS[kind].test(sentence);
}
