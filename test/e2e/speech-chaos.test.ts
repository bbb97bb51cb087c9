/** The speech service amid failures: a part of what `npm run bench:speech-chaos` does for longer. */
import { expect, it } from '@jest/globals';
import { runSpeechChaos } from '../support/speech-chaos.ts';

const REQUESTS = Number(process.env['CHAOS_REQUESTS'] ?? 200);
const SEED = Number(process.env['CHAOS_SEED'] ?? 6);

it(
  'answers every request with audio or an error, whatever Google and clients do, and keeps nothing of them',
  async () => {
    const report = await runSpeechChaos({ seed: SEED, requests: REQUESTS });
    expect(report.wrong).toEqual([]);
    // Each engine had its turn, and failures were met.
    expect(Object.keys(report.outcomes)).toEqual(expect.arrayContaining(['google', 'flite', 'none', 'left']));
    expect(report.after.heapMb - report.before.heapMb).toBeLessThan(20);
    expect(report.after.openFiles - report.before.openFiles).toBeLessThan(20);
  },
  120_000 + REQUESTS * 400,
);
