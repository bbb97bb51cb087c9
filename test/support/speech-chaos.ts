/**
 * The real speech service as a process, asked for whatever there is by clients with bad manners, while its Google fails
 * in every way. By a seed, so that a failure comes back, as far as time lets it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChildService, type ChildService } from '../../cli/child-service.ts';
import { startFakeGoogle, type FakeGoogle, type GoogleBehaviour } from '../../gtts-proxy/test-support/fake-google.ts';
import { withDeadline } from '../../service-kit/deadline.ts';
import { hearsSomething } from './heard.ts';
import { randomNumbers, type Random } from './random.ts';

export interface ChaosOptions {
  seed: number;
  requests: number;
  /** Told after each tenth of the requests. */
  onProgress?: (report: ChaosReport) => void;
}

export interface Memory {
  /** After a collection: objects, and what belongs to them outside of the heap. */
  heapMb: number;
  residentMb: number;
  openFiles: number;
}

export interface ChaosReport {
  seed: number;
  requests: number;
  /** By engine, or by why not: `google`, `flite`, `espeak`, `none`, `left`, `broken_off`, `status 400`, … */
  outcomes: Record<string, number>;
  /** What must not be, a sentence each. */
  wrong: string[];
  slowestMs: number;
  before: Memory;
  after: Memory;
}

const CONCURRENCY = 8;
/** Longer than anything may take: Google's three attempts for each piece, and a slow reader. */
const HANG_MS = 30_000;
const COLLECTIONS = 4;
const COLLECTION_MS = 250;
/** Code is compiled, pools are filled. */
const WARM_UP_REQUESTS = 200;

const FAULTS: readonly GoogleBehaviour[] = [
  ...(['too_many_requests', 'redirect', 'server_error', 'error_envelope', 'null_audio', 'not_base64'] as const),
  ...(['not_mp3', 'half_mp3', 'html', 'hang', 'cut', 'hang_up'] as const),
];
const VOICES = ['alloy', 'onyx', 'slt', 'rms', 'en-GB', 'fr', 'de', 'ja', 'su', 'espeak-de', 'espeak-zh-CN'];
const FORMATS = ['mp3', 'wav', 'pcm', 'opus', 'aac', 'flac'];
const TEXTS = [
  'Yes.',
  'The tide comes in at noon.',
  '...',
  '漢字です。',
  'Die Flut kommt am Mittag, und alle gehen schwimmen.',
  'The first sentence is long enough to be sent alone because it has over half. And so is the second one, of course. ',
];

const EVERYDAY = { model: 'tts-1', speed: 1, stream_format: 'audio' };

interface Order {
  model: string;
  voice: string;
  input: string;
  response_format: string;
  speed: number;
  stream_format: string;
}

class Chaos {
  readonly #service: ChildService;
  readonly #google: FakeGoogle;
  readonly #random: Random;
  readonly report: ChaosReport;
  /** The share of Google's answers that fail. It changes, so that breakers open and close. */
  #faultShare = 0.5;

  constructor(service: ChildService, google: FakeGoogle, seed: number, before: Memory) {
    this.#service = service;
    this.#google = google;
    this.#random = randomNumbers(seed);
    this.report = { seed, requests: 0, outcomes: {}, wrong: [], slowestMs: 0, before, after: before };
    google.behave = (text) => {
      if (text === 'ok') return this.#random.chance(0.7) ? 'speak' : this.#random.pick(FAULTS);
      return this.#random.chance(this.#faultShare) ? this.#random.pick(FAULTS) : 'speak';
    };
  }

  /**
   * As many at once as there ever are, in each format: what is made once or kept for the next, such as the encoders of
   * MP3 of 16 MB each, is there from now on.
   */
  async warmUp(): Promise<void> {
    this.#faultShare = 0;
    const [text = ''] = TEXTS.slice(-1);
    for (const voice of ['alloy', 'slt', 'espeak-de']) {
      for (const format of FORMATS) {
        await Promise.all(
          Array.from({ length: CONCURRENCY }, async (_, index) => {
            const order = { ...EVERYDAY, voice, input: `${text} ${index}.`, response_format: format };
            await this.#answerTo(order, new AbortController());
          }),
        );
      }
    }
    await this.run(WARM_UP_REQUESTS);
  }

  async run(requests: number): Promise<void> {
    const last = this.report.requests + requests;
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        while (this.report.requests < last) {
          this.report.requests++;
          if (this.#random.chance(0.05)) this.#faultShare = this.#random.pick([0, 0.2, 0.5, 1]);
          this.#google.requests.length = 0;
          await this.#once();
        }
      }),
    );
  }

  async #once(): Promise<void> {
    const random = this.#random;
    const isTold = random.chance(0.3);
    const order: Order = {
      ...EVERYDAY,
      voice: random.pick(VOICES),
      // Some are told apart, so that the cache has not heard them.
      input: random.pick(TEXTS).repeat(random.chance(0.2) ? 4 : 1) + (isTold ? '' : ` ${random.below(10_000)}.`),
      response_format: random.pick(FORMATS),
      speed: random.pick([1, 1, 1, 0.5, 2]),
      stream_format: random.chance(0.1) ? 'sse' : 'audio',
    };
    const leaving = new AbortController();
    const leavesAfterMs = random.chance(0.15) ? random.below(200) : undefined;
    const leave = leavesAfterMs === undefined ? undefined : setTimeout(() => leaving.abort(), leavesAfterMs);
    await this.#answerTo(order, leaving).finally(() => clearTimeout(leave));
  }

  /** Never rejects: whatever it came to is in the report. */
  async #answerTo(order: Order, leaving: AbortController): Promise<void> {
    const startedAt = performance.now();
    let outcome: string;
    try {
      outcome = await withDeadline(HANG_MS, leaving.signal, (signal) => this.#ask(order, signal));
    } catch (error) {
      outcome = leaving.signal.aborted ? 'left' : this.#isWrong(order, String(error));
    }
    this.report.slowestMs = Math.max(this.report.slowestMs, Math.round(performance.now() - startedAt));
    this.report.outcomes[outcome] = (this.report.outcomes[outcome] ?? 0) + 1;
  }

  /** @returns how it ended */
  async #ask(order: Order, signal: AbortSignal): Promise<string> {
    const response = await this.#post(order, signal);
    const { statusCode: status = 0, headers } = response;
    if (status !== 200) {
      response.resume();
      await finished(response);
      return status === 400 || status === 503 ? `status ${status}` : this.#isWrong(order, `status ${status}`);
    }
    const engine = String(headers['x-speech-engine'] ?? 'nobody');
    let body: Buffer;
    try {
      body = await this.#read(response);
    } catch (error) {
      signal.throwIfAborted();
      // Google failed amid the answer, and no other voice may go on in its place.
      return engine === 'google' ? 'broken_off' : this.#isWrong(order, `${engine} broke off: ${String(error)}`);
    }
    const { response_format: format, speed, stream_format: stream } = order;
    const isHeard = hearsSomething(body, { format, speed, isSse: stream === 'sse' });
    return isHeard || engine === 'none' ? engine : this.#isWrong(order, `${engine} claims success without audio`);
  }

  /**
   * Not by `fetch`: that of Node 20 now and then settles neither way where an answer breaks off and garbage is collected,
   * here about one request in a thousand.
   */
  async #post(order: Order, signal: AbortSignal): Promise<IncomingMessage> {
    const asked = request(`http://127.0.0.1:${this.#service.port}/v1/audio/speech`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      signal,
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve).on('error', reject);
    });
    asked.end(JSON.stringify(order));
    return await answered;
  }

  /** Some read slowly. */
  async #read(response: IncomingMessage): Promise<Buffer> {
    const pauseMs = this.#random.chance(0.05) ? 20 : 0;
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    return Buffer.concat(chunks);
  }

  #isWrong(order: Order, what: string): string {
    this.report.wrong.push(`${what}: ${JSON.stringify(order)}`);
    return 'wrong';
  }
}

/**
 * As the service's own metrics tell it, after a collection, which SIGUSR2 asks for. The least of several: an encoder in
 * WebAssembly that is no longer used is 16 MB, and goes with the second collection or the third.
 */
async function measureMemory({ process: child, port }: ChildService): Promise<Memory> {
  const mb = (bytes: number): number => Math.round(bytes / 1e5) / 10;
  const memory: Memory = { heapMb: Infinity, residentMb: Infinity, openFiles: Infinity };
  for (let collection = 0; collection < COLLECTIONS; collection++) {
    child.kill('SIGUSR2');
    await sleep(COLLECTION_MS);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const value = (name: string): number =>
      Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);
    const heapMb = mb(value('nodejs_heap_size_used_bytes') + value('nodejs_external_memory_bytes'));
    memory.heapMb = Math.min(memory.heapMb, heapMb);
    memory.residentMb = Math.min(memory.residentMb, mb(value('process_resident_memory_bytes')));
    memory.openFiles = Math.min(memory.openFiles, value('process_open_fds'));
  }
  return memory;
}

export async function runSpeechChaos({ seed, requests, onProgress }: ChaosOptions): Promise<ChaosReport> {
  const folder = await mkdtemp(join(tmpdir(), 'speech-chaos-'));
  const google = await startFakeGoogle();
  const collect = 'data:text/javascript,process.on("SIGUSR2", () => gc())';
  const main = fileURLToPath(new URL('../../gtts-proxy/main.ts', import.meta.url));
  let service: ChildService | undefined;
  try {
    service = await startChildService({
      name: 'gtts-proxy',
      args: ['--expose-gc', '--import', collect, '--import', 'tsx', main],
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        // As in the image: glibc would keep what its threads have freed.
        MALLOC_ARENA_MAX: '2',
        MALLOC_TRIM_THRESHOLD_: '131072',
        FLITE_THREADS: '2',
        GOOGLE_TTS_BASE_URL: google.baseUrl,
        GOOGLE_TTS_TIMEOUT_MS: '400',
        GOOGLE_TTS_RESET_MS: '500',
        TTS_CACHE_DIR: join(folder, 'cache'),
        // Small enough that answers have to go.
        TTS_CACHE_MAX_BYTES: String(8 * 1024 * 1024),
      },
    });
    const warmUp = new Chaos(service, google, seed + 1, await measureMemory(service));
    await warmUp.warmUp();
    const chaos = new Chaos(service, google, seed, await measureMemory(service));
    chaos.report.wrong.push(...warmUp.report.wrong);
    for (let tenth = 0; tenth < 10; tenth++) {
      await chaos.run(Math.ceil(requests / 10));
      chaos.report.after = await measureMemory(service);
      onProgress?.(chaos.report);
    }
    const exit = await service.stop();
    if (exit.code !== 0) chaos.report.wrong.push(`the service ended with ${exit.code}: ${exit.lastWords}`);
    return chaos.report;
  } finally {
    await service?.stop();
    await google.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
