/** Google's speech with manners: two requests at once, retries with backoff, and a breaker that stops asking. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import CircuitBreaker from 'opossum';
import type { Logger } from '../../service-kit/logger.ts';
import { Admission } from '../admission.ts';
import type { BreakerState } from '../engine.ts';
import { decodeRpc, encodeRpc, HEADERS, rpcUrl } from './batchexecute.ts';
import { GoogleError } from './google-error.ts';
import { post } from './post.ts';

export interface GoogleClientOptions {
  /** In place of `https://translate.google.<tld>`. */
  baseUrl?: string | undefined;
  /** For one piece, to its last byte. */
  timeoutMs: number;
  /** Until an open breaker lets one probe through; 30 s unless told. */
  resetMs?: number;
  log: Logger;
}

export interface Piece {
  /** At most 100 characters. */
  text: string;
  language: string;
  tld: string;
  slow: boolean;
  /** How often it may be asked for; 1 gives up at the first failure. */
  attempts: number;
  signal: AbortSignal;
}

const CONCURRENCY = 2;
/** Waits before the second and third attempt are between half of this and all of it, doubled each time. */
const BACKOFF_MS = 300;
const RESET_MS = 30_000;

export class GoogleClient {
  readonly #options: GoogleClientOptions;
  readonly #line = new Admission(CONCURRENCY, Number.POSITIVE_INFINITY);
  readonly #agent: HttpAgent;
  readonly #breaker: CircuitBreaker<[Piece], Buffer>;
  readonly #stopping = new AbortController();
  #proven = false;

  /** Asks Google for a word at once, to learn whether it answers before a listener has to wait for that. */
  constructor(options: GoogleClientOptions) {
    this.#options = options;
    const isHttps = rpcUrl('com', options.baseUrl).protocol === 'https:';
    this.#agent = new (isHttps ? HttpsAgent : HttpAgent)({ keepAlive: true });
    this.#breaker = new CircuitBreaker((piece: Piece) => this.#ask(piece), {
      timeout: false,
      errorThresholdPercentage: 50,
      volumeThreshold: 4,
      rollingCountTimeout: 30_000,
      resetTimeout: options.resetMs ?? RESET_MS,
      // A listener who leaves is no fault of Google's.
      errorFilter: (error: unknown) => !(error instanceof GoogleError),
    });
    this.#breaker.on('open', () => options.log.warn('Google is not asked for a while'));
    this.#breaker.on('close', () => options.log.info('Google is asked again'));
    this.#breaker.on('halfOpen', () => void this.#probe());
    void this.#probe();
  }

  /** True once Google has answered, and while its breaker is closed. */
  isAvailable(): boolean {
    return this.#proven && this.#breaker.closed;
  }

  get breaker(): BreakerState {
    return this.#breaker.closed ? 'closed' : this.#breaker.opened ? 'open' : 'half_open';
  }

  /**
   * The piece as MP3.
   * @throws GoogleError, at once while the breaker is open; the signal's reason once it aborts
   */
  async speak(piece: Piece): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#fire(piece);
      } catch (error) {
        piece.signal.throwIfAborted();
        if (!(error instanceof GoogleError) || !error.isPassing || attempt >= piece.attempts) {
          if (error instanceof GoogleError && error.isLasting) this.#breaker.open();
          throw error;
        }
        this.#options.log.info({ kind: error.kind, attempt }, 'Google is asked once more');
        const ceiling = BACKOFF_MS * 2 ** (attempt - 1);
        await sleep(ceiling * (0.5 + Math.random() / 2), undefined, { signal: piece.signal });
      }
    }
  }

  stop(): void {
    this.#stopping.abort(new Error('The speech service is stopping.'));
    this.#breaker.shutdown();
    this.#agent.destroy();
  }

  async #fire(piece: Piece): Promise<Buffer> {
    try {
      const mp3 = await this.#breaker.fire(piece);
      this.#proven = true;
      return mp3;
    } catch (error) {
      if (error instanceof Error && CircuitBreaker.isOurError(error)) {
        throw new GoogleError('blocked', 'Google is not asked just now.', { cause: error });
      }
      throw error;
    }
  }

  async #ask({ text, language, tld, slow, signal }: Piece): Promise<Buffer> {
    const { baseUrl, timeoutMs } = this.#options;
    const leave = await this.#line.enter(signal);
    try {
      const reply = await post({
        url: rpcUrl(tld, baseUrl),
        headers: HEADERS,
        body: encodeRpc({ text, language, slow }),
        agent: this.#agent,
        timeoutMs,
        signal: AbortSignal.any([signal, this.#stopping.signal]),
      });
      return decodeRpc(reply);
    } finally {
      leave();
    }
  }

  async #probe(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      await this.#fire({ text: 'ok', language: 'en', tld: 'com', slow: false, attempts: 1, signal });
    } catch (error) {
      if (signal.aborted) return;
      this.#options.log.info({ reason: error instanceof Error ? error.message : String(error) }, 'Google cannot speak');
      this.#breaker.open();
    }
  }
}
