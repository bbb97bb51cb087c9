/** Text as terms to match by: the stem of each word, its bare root, and the meanings that it shares with others. */
import { stemmer } from '@orama/stemmers/english';
import { stopwords } from '@orama/stopwords/english';
import { doubleMetaphone } from 'double-metaphone';
import { meaningsOf } from './synonyms.ts';

/** One word that carries content. */
export interface Term {
  word: string;
  stem: string;
  /** The stem without what derives one word from another: discover, discovery, discoverer. */
  root: string;
  meanings: readonly number[];
  /** How it sounds, by Double Metaphone; empty for numbers. */
  sound: string;
}

/** Say little by themselves, but more than nothing: they count for less. */
const COMMON = new Set(
  `use make get take give go come do happen call name kind type thing way work need become mean put keep see look know
   say tell show find people person many much lot time first new different place part number good main one really
   actually exactly today usually usual often work try want let like also even just still ever long big high fast old
   start begin change cause reason effect affect influence role important problem difference example year day
   happen occur pass remain stay move let allow help bring turn run stop end finish last final finally next later early earlier early
   original originally actual real true special particular certain common ordinary normal general possible able likely
   fail succeed improve survive benefit gain increase decrease affect lose win keep hold leave reach follow involve
   contain include consist compare choose decide prefer expect believe think feel seem appear act behave deal face
   create produce introduce develop form shape build set idea fact case point side way amount level sort area group
   event process result purpose goal action matter issue disadvantage advantage drawback evidence proof conclusion
   approximately about roughly nearly almost around total overall current currently recent recently together instead
   away back forward out off over again little small large huge low short wide few several various single whole entire
   nowadays biggest largest smallest inside outside within pick famous
   second third half before after afterwards during since until always never sometimes per each every`.split(/\s+/),
);
/** What speaks about the lecture or the asking, not about its matter. */
const SPEAKING = new Set(
  `lecture lecturer lecturers professor speaker talk please explain describe mention mentioned according tell say said
   question answer define discuss discussed recording audio`.split(/\s+/),
);
const STOP = new Set([
  ...stopwords,
  ...`a also would could us much many lot okay ok well yes no um uh er hm`.split(' '),
]);

const IRREGULAR = new Map(
  `froze freeze frozen freeze wrote write written write made make took take taken take found find began begin begun begin
   came come became become went go gone go gave give given give got get gotten get knew know known know saw see seen see
   said say told tell thought think brought bring bought buy built build caught catch taught teach fought fight left leave
   kept keep slept sleep felt feel met meet led lead fed feed bred breed held hold stood stand understood understand
   won win lost lose sold sell sent send spent spend lent lend bent bend meant mean dealt deal heard hear paid pay laid lay
   ran run swam swim sang sing sung sing rang ring drank drink drunk drink sank sink sunk sink shrank shrink shrunk shrink
   sprang spring sprung spring broke break broken break spoke speak spoken speak stole steal stolen steal chose choose
   chosen choose rose rise risen rise drove drive driven drive rode ride ridden ride ate eat eaten eat fell fall fallen fall
   grew grow grown grow threw throw thrown throw flew fly flown fly drew draw drawn draw blew blow blown blow wore wear
   worn wear tore tear torn tear bore bear born bear hid hide hidden hide bit bite bitten bite shook shake shaken shake
   forgot forget forgotten forget hung hang struck strike stuck stick dug dig spun spin wound wind ground grind lit light
   feet foot teeth tooth mice mouse men man women woman children child people person lives life leaves leaf halves half
   knives knife better good best good worse bad worst bad less little least little further far farther far wrote write
   died die lay lie forbade forbid forbidden forbid taught teach thirds third`
    .split(/\s+/)
    .reduce<[string, string][]>((pairs, word, i, all) => (i % 2 ? [...pairs, [all[i - 1] ?? '', word]] : pairs), []),
);

const NUMBERS = new Map(
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
   nineteen twenty`
    .split(/\s+/)
    .map((word, value): [string, string] => [word, String(value)])
    .concat('thirty forty fifty sixty seventy eighty ninety'.split(' ').map((word, i) => [word, String((i + 3) * 10)])),
);

/** What is longer is no word, and costs the spelling search its square in memory. */
const MAX_WORD = 40;

/** Words in order, lower-case, without possessive endings. */
export function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/(\d),(?=\d{3})/g, '$1');
  const words = plain.match(/\d+(?:\.\d+)?|\p{L}[\p{L}\p{M}']*/gu) ?? [];
  return words.filter((word) => word.length <= MAX_WORD).map((word) => word.replace(/'s?$/, ''));
}

export function toTerm(word: string): Term {
  const base = NUMBERS.get(word) ?? IRREGULAR.get(word) ?? word;
  const stem = /^\d/.test(base) ? base : stemmer(base);
  const root = rootOf(stem);
  const meanings = meaningsOf(root, (other) => rootOf(stemmer(IRREGULAR.get(other) ?? other)));
  return { word, stem, root, meanings, sound: /^\d/.test(base) ? '' : doubleMetaphone(stem)[0] };
}

/** The terms of a text; stop words have none. */
export function termsOf(text: string): Term[] {
  return wordsOf(text)
    .filter((word) => !STOP.has(word))
    .map(toTerm);
}

/** Whether a word of a question says little about its matter. */
export function isCommon({ stem }: Term): boolean {
  return COMMON_STEMS.has(stem);
}

/** Whether a word speaks about the lecture itself or about asking. */
export function isSpeaking({ word }: Term): boolean {
  return SPEAKING.has(word);
}

const COMMON_STEMS = new Set([...COMMON].map(stemmer));

const SUFFIX =
  /(?:ators?|ations?|ments?|ness|ists?|ities|iti|ity|eries|eri|ery|ance|ence|able|ible|ious|eous|ical|ions?|ants?|ents?|ives?|ful|ous|ors?|ers?|est|ing|ed|ic|ly|i|y|s)$/;

function rootOf(stem: string): string {
  const short = stem.replace(/(?:al|e)$/, '');
  const root = stem.replace(SUFFIX, '').replace(/(?:al|e)$/, '');
  if (root.length >= 4) return root;
  return short.length >= 3 ? short : stem;
}
