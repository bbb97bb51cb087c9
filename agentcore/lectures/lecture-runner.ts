/**
 * Which lectures are worked on, and when: each once over all processes, a few at a time. A process that stops or dies
 * leaves its lectures `transcribing`, and `resume` finds them again.
 */
import pLimit, { type LimitFunction } from 'p-limit';
import type { LectureRequest } from '../../protocol/agent-api.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import { lectureClaimPayloadSchema, UPLOAD_EVENT_MS, type LectureAttempt } from '../../protocol/items.ts';
import { parseKey } from '../../protocol/keys.ts';
import type { ClaimOutcome } from '../storage/claims.ts';
import { LectureIngestion, type IngestDeps, type IngestOptions, type IngestOutcome } from './ingest-lecture.ts';
import type { LectureClaims } from './lecture-ports.ts';

export interface LectureRunnerDeps extends IngestDeps {
  claims: LectureClaims;
  /** Told how each lecture ended. */
  onEnd?: (outcome: IngestOutcome) => void;
  /** Told how many lectures wait or are in work, whenever that changes. */
  onWork?: (running: number) => void;
}

export interface LectureRunnerOptions extends IngestOptions {
  /** Lectures at once; others wait. */
  lectures: number;
  /** Pieces in recognition at once, over all lectures. */
  pieces: number;
}

/** Lets work begin when its turn has come. */
type Place = (work: () => Promise<IngestOutcome>) => Promise<IngestOutcome>;

/** A lecture that takes its process down, again and again at the same place, is given up. A stop does not count. */
const MAX_RUNS = 8;

export class LectureRunner {
  readonly #deps: LectureRunnerDeps;
  readonly #limit: LimitFunction;
  readonly #ingestion: LectureIngestion;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(deps: LectureRunnerDeps, options: LectureRunnerOptions) {
    this.#deps = deps;
    this.#limit = pLimit(options.lectures);
    this.#ingestion = new LectureIngestion(deps, options, pLimit(options.pieces), this.#stopping.signal);
  }

  /** Lectures taken and not ended. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Takes a lecture; resolves once it is taken. One that runs, here or elsewhere, or is ready is taken already.
   * @throws SynapscribeError bad_request, forbidden, agent_unavailable, internal
   */
  async submit(request: LectureRequest): Promise<void> {
    checkKey(request);
    await this.#take(request, 1);
  }

  /**
   * Takes lectures whose process has gone, or that could not be finished. To be called at the start, and now and then.
   * @throws SynapscribeError internal where the claims cannot be read
   */
  async resume(): Promise<void> {
    for (const work of await this.#deps.claims.abandoned()) {
      if (this.#stopping.signal.aborted) return;
      const { identityId, id: lectureId, payload } = work;
      const parsed = lectureClaimPayloadSchema.safeParse(parseJson(payload));
      if (!parsed.success) continue;
      const { runs, key, uploadUntil } = parsed.data;
      if (uploadUntil > Date.now() && !(await this.#hasArrived(key))) {
        await this.#deps.claims.postpone(work, Date.now() + UPLOAD_EVENT_MS);
        continue;
      }
      this.#deps.log.info({ lectureId, runs }, 'lecture found again');
      if (runs === 0) await this.#take({ identityId, lectureId, key }, 1);
      else this.#takeAlone({ identityId, lectureId, key });
    }
  }

  async #hasArrived(key: string): Promise<boolean> {
    try {
      await this.#deps.objects.describe(key, this.#stopping.signal);
      return true;
    } catch (error) {
      if (error instanceof SynapscribeError && error.code === 'not_found') return false;
      throw error;
    }
  }

  /** Takes no more and ends what runs, which stays `transcribing` and is found again. */
  async stop(): Promise<void> {
    this.#stopping.abort(new SynapscribeError('agent_unavailable', 'The service is restarting.'));
    await this.idle();
  }

  /** Resolves once all that was taken has ended. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #take(request: LectureRequest, runs: number): Promise<void> {
    this.#stopping.signal.throwIfAborted();
    const { identityId, lectureId, key } = request;
    const id = `${identityId}/${lectureId}`;
    if (this.#running.has(id)) return;
    const attempt: LectureAttempt = { key, runs, pieces: 0, uploadUntil: 0 };
    const claim = this.#deps.claims.claim(identityId, lectureId, { payload: JSON.stringify(attempt) });
    const run = claim.then((outcome) => this.#begin(outcome, request, attempt, (work) => this.#limit(work)));
    // A claim that fails is told to whoever submitted the lecture.
    this.#track(id, run);
    await claim;
  }

  /**
   * Takes a lecture that has been begun before, and may have taken its process down: once no other runs here, so that it
   * can take none with it. It is claimed, and counted, only when it begins: one that waits is not to blame for a crash.
   */
  #takeAlone(request: LectureRequest): void {
    const { identityId, lectureId, key } = request;
    const id = `${identityId}/${lectureId}`;
    if (this.#running.has(id)) return;
    const run = this.#alone(async () => {
      this.#stopping.signal.throwIfAborted();
      const { claims } = this.#deps;
      // Another process may have had it meanwhile.
      const found = (await claims.abandoned()).find(
        (claim) => claim.identityId === identityId && claim.id === lectureId,
      );
      const parsed = lectureClaimPayloadSchema.safeParse(parseJson(found?.payload));
      if (!parsed.success) return;
      // A run that has got somewhere is not what takes processes down.
      const heard = await this.#deps.pieces.count(identityId, lectureId);
      const runs = heard > parsed.data.pieces ? 1 : parsed.data.runs + 1;
      const attempt: LectureAttempt = { key, runs, pieces: heard, uploadUntil: 0 };
      const outcome = await claims.claim(identityId, lectureId, { payload: JSON.stringify(attempt) });
      await this.#begin(outcome, request, attempt, (work) => work());
    });
    this.#track(id, run);
  }

  #track(id: string, run: Promise<void>): void {
    // What fails before it begins is found again.
    this.#running.set(
      id,
      run
        .catch(() => undefined)
        .finally(() => {
          this.#running.delete(id);
          this.#deps.onWork?.(this.#running.size);
        }),
    );
    this.#deps.onWork?.(this.#running.size);
  }

  /** Runs `work` with no other lecture beside it: it takes all places, which are given in the order they are asked for. */
  async #alone(work: () => Promise<void>): Promise<void> {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const others = Array.from(
      { length: this.#limit.concurrency - 1 },
      async () =>
        await new Promise<void>((taken) => {
          void this.#limit(async () => {
            taken();
            await ended;
          });
        }),
    );
    await this.#limit(async () => {
      await Promise.all(others);
      await work().finally(end);
    });
  }

  /** Does what is to be done after a claim. */
  async #begin(outcome: ClaimOutcome, request: LectureRequest, attempt: LectureAttempt, place: Place): Promise<void> {
    if (outcome === 'claimed') await this.#work(request, attempt, place);
    if (outcome === 'deleted') {
      const end = await this.#ingestion.discard(request);
      this.#deps.onEnd?.(end);
    }
  }

  /** Works on a claimed lecture to its end, when `place` lets it. Never rejects. */
  async #work(request: LectureRequest, attempt: LectureAttempt, place: Place): Promise<void> {
    const { claims, onEnd } = this.#deps;
    const { identityId, lectureId } = request;
    const log = this.#deps.log.child({ lectureId });
    const kept = claims.keep(identityId, lectureId);
    const startedAt = performance.now();
    try {
      const outcome = await place(async () => {
        if (attempt.runs <= MAX_RUNS) return await this.#ingestion.ingest(request);
        return await this.#ingestion.reject(request, 'The recording could not be processed.');
      });
      log.info({ outcome, totalMs: Math.round(performance.now() - startedAt) }, 'lecture ended');
      // Of what is not ready, another upload may be asked for.
      if (outcome === 'ready') await claims.done(identityId, lectureId);
      await claims.release(identityId, lectureId);
      onEnd?.(outcome);
    } catch (error) {
      if (!this.#stopping.signal.aborted) log.error({ err: error }, 'lecture not finished; it will be tried again');
      await this.#giveBack(request, attempt).catch((cause: unknown) => {
        log.warn({ err: cause }, 'claim not given back; its lease will end');
      });
    } finally {
      kept.stop();
    }
  }

  /** Leaves a lecture that was not finished to whoever finds it. A run that was stopped is not counted. */
  async #giveBack({ identityId, lectureId }: LectureRequest, attempt: LectureAttempt): Promise<void> {
    const { claims } = this.#deps;
    await claims.abandon(identityId, lectureId);
    if (!this.#stopping.signal.aborted) return;
    const payload = JSON.stringify({ ...attempt, runs: attempt.runs - 1 });
    if ((await claims.claim(identityId, lectureId, { payload })) === 'claimed') {
      await claims.abandon(identityId, lectureId);
    }
  }
}

/** The recording must be this lecture's. */
function checkKey({ key, identityId, lectureId }: LectureRequest): void {
  const parsed = parseKey(key);
  if (parsed?.kind !== 'lecture' || parsed.lectureId !== lectureId) {
    throw new SynapscribeError('bad_request', 'key is not the key of this lecture.', { param: 'key' });
  }
  if (parsed.identityId !== identityId) {
    throw new SynapscribeError('forbidden', 'This recording belongs to someone else.', { param: 'key' });
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
