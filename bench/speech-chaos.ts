/**
 * Half an hour's worth of requests, one a second, as fast as they go, with a Google that fails in every way and clients
 * that leave: what became of them, and what the service's memory was before and after. To hold: nothing wrong, and
 * 20 MB. `CHAOS_REQUESTS` and `CHAOS_SEED` change it.
 */
import { runSpeechChaos } from '../test/support/speech-chaos.ts';

const requests = Number(process.env['CHAOS_REQUESTS'] ?? 1800);
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1e6));

// First, so that a run that never ends can be made again.
console.error(JSON.stringify({ seed, requests }));
const report = await runSpeechChaos({
  seed,
  requests,
  onProgress: ({ requests: done, after, wrong }) =>
    console.error(JSON.stringify({ done, ...after, wrong: wrong.length })),
});
for (const what of report.wrong) console.error(what);
console.log(JSON.stringify({ ...report, wrong: report.wrong.length }));
process.exitCode = report.wrong.length > 0 ? 1 : 0;
