/**
 * How soon the voice begins, through the real service's process over loopback HTTP: offline, for a short and a long text;
 * from its cache; in Google's place once Google has failed. To beat: 120 ms, 5 ms and 300 ms. A share of the work that a
 * second of speech takes, and answers a second, go with it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeBuildFolder } from '../cli/build-folder.ts';
import { startChildService } from '../cli/child-service.ts';
import { startFakeGoogle, type GoogleBehaviour } from '../gtts-proxy/test-support/fake-google.ts';
import { buildServices } from '../scripts/build.ts';
import { percentile } from './percentile.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 60);
const WARM_UP = 5;
const CONCURRENCY = 8;
const PCM_BYTES_A_SECOND = 48_000;

const SHORT = 'says the tide is in soon.';
const LONG =
  'says that when the moon stands over the sea it pulls the water up to it, and the water rises into a long and low ' +
  'wave that follows it around the earth. Twice a day the wave passes every coast. Sailors learned to read its hours ' +
  'from the moon, and wrote them down in tables which are printed to this day.';
const FAILURES: readonly GoogleBehaviour[] = [
  ...(['too_many_requests', 'redirect', 'server_error', 'error_envelope', 'null_audio'] as const),
  ...(['not_mp3', 'hang', 'cut', 'hang_up'] as const),
];
const FAILURE_ROUNDS = 3;
/** After which a Google that hangs is noticed. */
const TIMEOUT_MS = 300;

interface Answer {
  firstByteMs: number;
  totalMs: number;
  bytes: number;
  engine: string | undefined;
  cache: string | undefined;
}

const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });

/** By Node's own client, which adds less than fetch does to the few milliseconds of a hit. */
function ask(port: number, body: Record<string, unknown>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify({ model: 'tts-1', voice: 'alloy', ...body });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const startedAt = performance.now();
    const asked = request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/audio/speech', agent, headers });
    asked.on('error', reject);
    asked.on('response', (response) => {
      let bytes = 0;
      let firstByteMs = 0;
      response.on('data', (chunk: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - startedAt;
        bytes += chunk.length;
      });
      response.on('error', reject);
      response.on('end', () => {
        const header = (name: string): string | undefined => response.headers[`x-speech-${name}`]?.toString();
        const totalMs = performance.now() - startedAt;
        if (response.statusCode !== 200 || bytes === 0) reject(new Error(`status ${response.statusCode}`));
        else resolve({ firstByteMs, totalMs, bytes, engine: header('engine'), cache: header('cache') });
      });
    });
    asked.end(text);
  });
}

/** One after the other, the first few not counted. */
async function measure(rounds: number, once: (round: number) => Promise<Answer>, warmUp = WARM_UP): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    const answer = await once(round);
    if (round >= warmUp) answers.push(answer);
  }
  return answers;
}

const firstBytes = (answers: readonly Answer[]): number[] => answers.map(({ firstByteMs }) => firstByteMs);
const tenths = (values: readonly number[], share: number): number =>
  percentile(
    values.map((value) => value * 10),
    share,
  ) / 10;
const CONSONANTS = 'bdfghklmnprstvwz';
const VOWELS = 'aeiou';

/** Another text of the same length each time, so that the cache has never heard it: a name of four letters in front. */
function unheard(text: string, round: number): string {
  const letter = (from: string, at: number): string => from[at % from.length] ?? '';
  const syllable = (at: number): string => letter(CONSONANTS, at) + letter(VOWELS, Math.floor(at / CONSONANTS.length));
  const syllables = CONSONANTS.length * VOWELS.length;
  const name = syllable(round) + syllable(Math.floor(round / syllables));
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} ${text}`;
}

const folder = await mkdtemp(join(tmpdir(), 'synapscribe-bench-'));
const home = fileURLToPath(new URL('../.synapscribe', import.meta.url));
const buildDir = await makeBuildFolder(join(home, 'build'));
const bundles = await buildServices({ outdir: buildDir, services: ['gtts-proxy'], withDependencies: false });
/** What texts meet at Google. */
let behaviour: GoogleBehaviour = 'speak';
/** What its probes meet: answered, they close the breaker again. */
let probe: GoogleBehaviour = 'speak';
const google = await startFakeGoogle((text) => (text === 'ok' ? probe : behaviour));
const start = (env: NodeJS.ProcessEnv) =>
  startChildService({
    name: 'gtts-proxy',
    args: [bundles['gtts-proxy'] ?? ''],
    env: { PATH: process.env['PATH'], PORT: '0', TTS_CACHE_DIR: join(folder, 'cache'), ...env },
  });
try {
  const offline = await start({ SPEECH_ENGINE: 'offline' });
  const { port } = offline;
  const short = await measure(ROUNDS, (round) => ask(port, { input: unheard(SHORT, round) }));
  const long = await measure(ROUNDS, (round) => ask(port, { input: unheard(LONG, round) }));
  const hits = await measure(ROUNDS, () => ask(port, { input: LONG }));
  if (hits.some(({ cache }) => cache !== 'hit')) throw new Error('The cache was not used.');
  const speakWhole = (round: number): Promise<Answer> =>
    ask(port, { input: `${unheard(LONG, 5000 + round)} `.repeat(4), response_format: 'pcm' });
  const whole = await measure(3, speakWhole, 1);
  const rps = await answersASecond(port);
  await offline.stop();

  const withGoogle = await start({
    SPEECH_ENGINE: 'auto',
    GOOGLE_TTS_BASE_URL: google.baseUrl,
    GOOGLE_TTS_TIMEOUT_MS: String(TIMEOUT_MS),
    GOOGLE_TTS_RESET_MS: '100',
  });
  const fallbacks: Answer[] = [];
  let failed = 2000;
  for (const failure of Array.from({ length: FAILURE_ROUNDS }, () => FAILURES).flat()) {
    behaviour = 'speak';
    await untilGoogleSpeaks(withGoogle.port);
    behaviour = failure;
    const answer = await ask(withGoogle.port, { input: unheard(SHORT, failed++) });
    const noticedMs = failure === 'hang' ? TIMEOUT_MS : 0;
    fallbacks.push({ ...answer, firstByteMs: answer.firstByteMs - noticedMs });
  }
  behaviour = probe = 'too_many_requests';
  const whileOpen = await measure(ROUNDS, (round) => ask(withGoogle.port, { input: unheard(SHORT, 3000 + round) }));
  await withGoogle.stop();

  const spokenSeconds = whole.reduce((sum, { bytes }) => sum + bytes, 0) / PCM_BYTES_A_SECOND;
  const workSeconds = whole.reduce((sum, { totalMs }) => sum + totalMs, 0) / 1000;
  console.log(
    JSON.stringify({
      firstByteMs30Characters: [tenths(firstBytes(short), 0.5), tenths(firstBytes(short), 0.95)],
      firstByteMs300Characters: [tenths(firstBytes(long), 0.5), tenths(firstBytes(long), 0.95)],
      cachedFirstByteMs: [tenths(firstBytes(hits), 0.5), tenths(firstBytes(hits), 0.95)],
      afterGoogleFailedMs: [tenths(firstBytes(fallbacks), 0.5), tenths(firstBytes(fallbacks), 1)],
      whileBreakerIsOpenMs: [tenths(firstBytes(whileOpen), 0.5), tenths(firstBytes(whileOpen), 0.95)],
      fallbackEngines: [...new Set([...fallbacks, ...whileOpen].map(({ engine }) => engine))],
      characters: [unheard(SHORT, 0).length, unheard(LONG, 0).length],
      rounds: ROUNDS,
    }),
  );
  const all = firstBytes([...short, ...long]);
  console.log(
    JSON.stringify({
      firstByteMsP50: tenths(all, 0.5),
      firstByteMsP95: tenths(all, 0.95),
      cachedFirstByteMsP50: tenths(firstBytes(hits), 0.5),
      realTimeFactor: Math.round((workSeconds / spokenSeconds) * 10_000) / 10_000,
      rps: Math.round(rps * 10) / 10,
    }),
  );
} finally {
  agent.destroy();
  await google.stop();
  await rm(folder, { recursive: true, force: true });
  await rm(buildDir, { recursive: true, force: true });
}

/** Whatever the last failure was, its breaker is closed again. */
async function untilGoogleSpeaks(port: number): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    if (metrics.includes('speech_engine_available{engine="google"} 1')) return;
    await sleep(20);
  }
}

/** Short texts that nobody has heard, several at once. */
async function answersASecond(port: number): Promise<number> {
  let next = 4000;
  const last = next + ROUNDS * 2;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (next < last) await ask(port, { input: unheard(SHORT, next++) });
    }),
  );
  return (ROUNDS * 2) / ((performance.now() - startedAt) / 1000);
}
