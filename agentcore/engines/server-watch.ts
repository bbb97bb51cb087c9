/**
 * Whether the server that requests wait for is still there. A slow one (a queue, a long prefill) is waited for; one
 * that answers nothing at all any more is not.
 *
 * Silence looks the same in both, so the server is asked something that costs it nothing. One prober serves all its
 * waiting requests, and runs only while one of them has waited for longer than a grace: an ordinary answer costs none.
 */

/** The server answers nothing any more, not even the smallest question. */
export class ServerGoneError extends Error {
  override name = 'ServerGoneError';
}

export interface WatchTimes {
  /** A request waits so long before its server is probed. */
  graceMs: number;
  /** A probe without an answer by then has failed, and the next one begins; 0 means that nothing is ever probed. */
  probeMs: number;
  /** What comes to a server known to be gone waits no longer than this to learn whether it is back. */
  returnMs: number;
}

export const WATCH_TIMES: WatchTimes = { graceMs: 1_500, probeMs: 2_000, returnMs: 1_000 };

export interface WatchedServer {
  /** Resolves when the server answers, whatever it says. Rejects where it cannot be reached. */
  probe: (signal: AbortSignal) => Promise<unknown>;
  /** A probe has failed: connections kept from before may lead nowhere. */
  onSilence?: () => void;
}

/** Failed probes in a row, after which the server is gone: a lost packet or a busy moment is one. */
const FAILURES = 2;
/** A probe's time is counted in parts: an event loop that stood still for seconds has used up one, not all. */
const PARTS = 5;

interface Waiter {
  since: number;
  giveUp: (error: ServerGoneError) => void;
}

export class ServerWatch {
  readonly #server: WatchedServer;
  readonly #times: WatchTimes;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #probing: Promise<boolean> | undefined;
  #failures = 0;

  constructor(server: WatchedServer, times: WatchTimes) {
    this.#server = server;
    this.#times = times;
  }

  get gone(): boolean {
    return this.#failures >= FAILURES;
  }

  /**
   * To be waited for before a request: passes at once, but where the server was found gone only if it is back.
   * @throws ServerGoneError
   */
  async enter(): Promise<void> {
    if (!this.gone) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), this.#times.returnMs)));
    const back = await Promise.race([this.#probe(), late]);
    clearTimeout(timer);
    if (!back) throw new ServerGoneError('the server is still gone');
  }

  /**
   * Waits for something that the server is to send.
   * @throws ServerGoneError where it is gone; what `promise` rejects with
   */
  async wait<T>(promise: Promise<T>): Promise<T> {
    if (this.#times.probeMs === 0) return await promise;
    let waiter: Waiter | undefined;
    const gone = new Promise<never>((_, reject) => {
      waiter = { since: performance.now(), giveUp: reject };
      this.#waiters.add(waiter);
      this.#arm(this.#times.graceMs);
    });
    try {
      const result = await Promise.race([promise, gone]);
      // Whatever a probe may have said: it is alive.
      this.#failures = 0;
      return result;
    } finally {
      if (waiter) this.#waiters.delete(waiter);
    }
  }

  #arm(delayMs: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      void this.#look();
    }, delayMs);
    this.#timer.unref();
  }

  /** Probes where someone has waited long enough; otherwise comes back when the first one has, or not at all. */
  async #look(): Promise<void> {
    const startedAt = performance.now();
    const oldest = Math.min(...[...this.#waiters].map(({ since }) => since));
    const dueMs = oldest + this.#times.graceMs - startedAt;
    // A millisecond: timers fire a little early.
    if (dueMs <= 1) {
      await this.#probe();
      if (this.gone) this.#giveUp(startedAt);
    }
    this.#timer = undefined;
    if (this.#waiters.size === 0) {
      // One failed probe says nothing about a question that comes much later.
      if (!this.gone) this.#failures = 0;
      return;
    }
    const nextMs = dueMs <= 1 ? startedAt + this.#times.probeMs - performance.now() : dueMs;
    this.#arm(Math.max(0, nextMs));
  }

  /** Ends what waited when the last probe began; what came later has the next one. */
  #giveUp(before: number): void {
    for (const { since, giveUp } of this.#waiters) {
      if (since <= before) giveUp(new ServerGoneError('the server answers nothing any more'));
    }
  }

  /** One at a time, whoever asks. */
  async #probe(): Promise<boolean> {
    this.#probing ??= this.#ask().finally(() => (this.#probing = undefined));
    return await this.#probing;
  }

  async #ask(): Promise<boolean> {
    const limit = new AbortController();
    let parts = PARTS;
    const timer = setInterval(() => {
      if (--parts === 0) limit.abort();
    }, this.#times.probeMs / PARTS);
    const expired = new Promise<never>((_, reject) => {
      limit.signal.addEventListener('abort', () => reject(new ServerGoneError('no answer')), { once: true });
    });
    try {
      await Promise.race([this.#server.probe(limit.signal), expired]);
      this.#failures = 0;
      return true;
    } catch {
      this.#failures++;
      this.#server.onSilence?.();
      return false;
    } finally {
      clearInterval(timer);
    }
  }
}
