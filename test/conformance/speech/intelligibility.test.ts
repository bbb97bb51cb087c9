import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';
import { startRecognizer, type RecognizerProcess } from '../../support/recognizer-process.ts';
import { transcribe } from '../../support/transcribe.ts';
import { wordErrors, words } from '../../support/word-error-rate.ts';
import { startTarget, type Target } from './support/target.ts';

/** Of word errors in all words said. */
const MOST_ERRORS = 0.15;

const SENTENCES = [
  'The lecture begins at nine in the morning, and everyone is welcome.',
  'Please open your books and read the second chapter with me.',
  'Water boils at a lower temperature on top of a mountain.',
  'The moon pulls on the sea, and that is why we have tides.',
  'Plants use the light of the sun to make sugar from air and water.',
  'A good question is worth more than a quick answer.',
  'The river carried sand and stones down to the valley.',
  'Light travels faster than sound, so we see the storm before we hear it.',
  'The first computers filled a whole room and needed many people.',
  'Every cell in your body holds a copy of the same plan.',
  'The bridge was closed because the wind was too strong.',
  'Prices rise when many people want what few can sell.',
  'She wrote the numbers on the board and asked what came next.',
  'The earth goes around the sun once every year.',
  'Most of the ice in the world lies at the south pole.',
  'Birds fly south in winter because they cannot find food at home.',
  'The king lost the war, and the city was given to his brother.',
  'We measure time with clocks and distance with rulers.',
  'Iron is heavy, but a ship made of iron can float.',
  'The doctor told him to rest and to drink a lot of water.',
  'An old map showed a road that nobody had used for years.',
  'When you heat a gas, it needs more space.',
  'The school library stays open until eight in the evening.',
  'Farmers in the north grow potatoes, and those in the south grow rice.',
  'The train to the coast leaves from the other side of the station.',
  'Language changes slowly, and nobody decides how.',
  'Two plus two is four, and that is true everywhere.',
  'The students measured the height of the tree by its shadow.',
  'Music and mathematics have more in common than you might think.',
  'Thank you for listening, and I will see you again next week.',
];

/** Two cores are busy with this many. */
const AT_ONCE = 2;

let target: Target;
let recognizer: RecognizerProcess;
beforeAll(async () => {
  [target, recognizer] = await Promise.all([startTarget(), startRecognizer()]);
}, 90_000);
afterAll(() => Promise.all([target.stop(), recognizer.stop()]));

describe('thirty sentences', () => {
  it.each(['wav', 'mp3', 'opus'])(
    'are understood in %s by a recognizer',
    async (format) => {
      const limit = pLimit(AT_ONCE);
      const errors = await limit.map(SENTENCES, async (sentence) => {
        const speech = await target.speak({ input: sentence, response_format: format });
        const heard = await transcribe(recognizer.baseUrl, new Uint8Array(await speech.arrayBuffer()));
        return wordErrors(words(sentence), words(heard));
      });
      const total = errors.reduce((sum, count) => sum + count, 0);
      const said = SENTENCES.flatMap(words).length;
      process.stdout.write(`Word error rate in ${format}: ${((100 * total) / said).toFixed(1)} % of ${said} words\n`);
      expect(total / said).toBeLessThanOrEqual(MOST_ERRORS);
    },
    90_000,
  );
});
