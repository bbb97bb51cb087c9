import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LectureRequest } from '../../protocol/agent-api.ts';
import { decodeQuestion } from '../../audio/decode-question.ts';
import { SAMPLE_RATE } from '../../audio/decode.ts';
import { encodeWav } from '../../audio/wav.ts';
import { SynapscribeError } from '../../protocol/errors.ts';
import type { Transcript } from '../../protocol/items.ts';
import { lectureKey } from '../../protocol/keys.ts';
import type { LectureEvent, LectureStatus } from '../../protocol/messages.ts';
import { createLogger } from '../../service-kit/logger.ts';
import type { Recognizer } from '../engines/engines.ts';
import type { LectureClaims, LecturePieces, LectureUpdate } from './lecture-ports.ts';
import type { TranscribedPiece } from './segments.ts';
import { LectureRunner, type LectureRunnerOptions } from './lecture-runner.ts';

const identityId = 'eu-west-1:0e7c6a8e-55bb-4f4c-9a53-16d3a4f4f1a0';
const lectureId = '4f9d3f62-6f0e-4f0a-9f2e-0f6ed2b0a001';
const otherId = '4f9d3f62-6f0e-4f0a-9f2e-0f6ed2b0a002';
const requestOf = (id: string): LectureRequest => ({
  identityId,
  lectureId: id,
  key: lectureKey(identityId, id, 'a.flac'),
});

const quick = { firstBackoffMs: 1, maxBackoffMs: 2, giveUpMs: 20, attempts: 3 };
const options: LectureRunnerOptions = {
  lectures: 1,
  pieces: 2,
  maxSeconds: 3600,
  maxPieceSeconds: 28,
  patience: { ...quick, giveUpMs: 60_000 },
  storagePatience: quick,
};

let speech: Buffer;
beforeAll(async () => {
  speech = await readFile(new URL('../../test/fixtures/audio/austen-0880.flac', import.meta.url));
});

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The storage that several processes share: what S3 and DynamoDB hold, and which process works on what. */
class World {
  readonly objects = new Map<string, Buffer>();
  readonly records = new Map<string, LectureUpdate & { title: string; status: LectureStatus }>();
  readonly transcripts = new Map<string, Transcript>();
  /** By lecture and recording. */
  readonly pieces = new Map<string, TranscribedPiece[]>();
  readonly claims = new Map<string, { owner: string | undefined; done: boolean; payload: string }>();
  readonly deleted = new Set<string>();
  readonly postponed = new Set<object>();
  readonly events: LectureEvent[] = [];
  readonly runners: LectureRunner[] = [];
  /** How many lectures waited or were in work, each time that a process told of a change. */
  readonly work: number[] = [];
  /** Called when a transcript has been written. */
  onTranscript: () => void = () => undefined;
  /** Failures of the storage still to come. */
  failures = 0;

  upload(id: string, file = speech, status: LectureStatus = 'transcribing'): LectureRequest {
    const request = requestOf(id);
    this.objects.set(request.key, file);
    this.records.set(id, { title: 'Tides', status: status as 'transcribing' });
    return request;
  }

  process(owner: string, recognizer: Recognizer, changes: Partial<LectureRunnerOptions> = {}): LectureRunner {
    const runner = new LectureRunner(
      {
        claims: this.#claimsOf(owner),
        records: {
          find: async (_, id) => await this.#stored(() => this.records.get(id)),
          update: async (_, id, update) =>
            await this.#stored(() => {
              const record = this.records.get(id);
              if (record !== undefined) this.records.set(id, { ...record, ...update });
              return record !== undefined;
            }),
        },
        objects: {
          describe: async (key) =>
            await this.#stored(() => ({ size: this.#object(key).length, version: hash(this.#object(key)) })),
          openFrom: async (key, from) => await this.#stored(() => once(this.#object(key).subarray(from))),
        },
        transcripts: {
          write: async (_, transcript) => {
            await this.#stored(() => this.transcripts.set(transcript.lectureId, transcript));
            this.onTranscript();
          },
          remove: async (_, id) => {
            await this.#stored(() => this.transcripts.delete(id));
          },
        },
        pieces: this.#pieces,
        remove: async (_, id) => await this.#stored(() => this.delete(id)),
        notify: (_, event) => this.events.push(event),
        onWork: (running) => this.work.push(running),
        recognizer,
        log: createLogger('test', 'silent'),
      },
      { ...options, ...changes },
    );
    this.runners.push(runner);
    return runner;
  }

  /** As a student deletes it, with all that came of it. */
  delete(id: string): void {
    this.deleted.add(id);
    this.records.delete(id);
    this.transcripts.delete(id);
    for (const key of [...this.objects.keys()]) if (key.includes(id)) this.objects.delete(key);
    for (const key of [...this.pieces.keys()]) if (key.startsWith(id)) this.pieces.delete(key);
  }

  /** What a process that was killed leaves behind: its leases run out. */
  forget(owner: string): void {
    for (const claim of this.claims.values()) if (claim.owner === owner) claim.owner = undefined;
  }

  readonly #pieces: LecturePieces = {
    count: async (_, id) =>
      await this.#stored(() =>
        [...this.pieces].reduce((sum, [key, { length }]) => sum + (key.startsWith(id) ? length : 0), 0),
      ),
    load: async (_, id, recording) => await this.#stored(() => this.pieces.get(`${id}/${recording}`) ?? []),
    keep: async (_, id, recording, piece) =>
      await this.#stored(() => {
        const key = `${id}/${recording}`;
        this.pieces.set(key, [...(this.pieces.get(key) ?? []), piece]);
      }),
  };

  #claimsOf(owner: string): LectureClaims {
    return {
      claim: async (_, id, { payload }) =>
        await this.#stored(() => {
          const claim = this.claims.get(id);
          if (this.deleted.has(id)) return 'deleted';
          if (claim?.done === true) return 'done';
          if (claim?.owner !== undefined) return 'running';
          this.claims.set(id, { owner, done: false, payload });
          return 'claimed';
        }),
      keep: () => ({ stop: () => undefined }),
      done: async (_, id) => await this.#change(id, (claim) => ({ ...claim, done: true })),
      abandon: async (_, id) => await this.#change(id, (claim) => ({ ...claim, owner: undefined })),
      release: async (_, id) => {
        await this.#stored(() => {
          if (this.claims.get(id)?.done !== true) this.claims.delete(id);
        });
      },
      abandoned: async () =>
        await this.#stored(() =>
          [...this.claims]
            .filter(([, claim]) => claim.owner === undefined && !claim.done && !this.postponed.has(claim))
            .map(([id, { payload }]) => ({ identityId, id, payload, listeners: [], owner: undefined, leaseUntil: 0 })),
        ),
      postpone: async ({ id }) =>
        await this.#stored(() => {
          const claim = this.claims.get(id);
          if (claim !== undefined) this.postponed.add(claim);
        }),
    };
  }

  async #change(
    id: string,
    change: (claim: { owner: string | undefined; done: boolean; payload: string }) => {
      owner: string | undefined;
      done: boolean;
      payload: string;
    },
  ): Promise<void> {
    await this.#stored(() => {
      const claim = this.claims.get(id);
      if (claim !== undefined) this.claims.set(id, change(claim));
    });
  }

  #object(key: string): Buffer {
    const object = this.objects.get(key);
    if (object === undefined) throw new SynapscribeError('not_found', 'The recording was not found.');
    return object;
  }

  async #stored<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.failures > 0) {
      this.failures--;
      throw new SynapscribeError('internal', 'The storage cannot be reached right now.');
    }
    return work();
  }
}

async function* once(file: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield file;
}

const hears: Recognizer = { transcribe: () => Promise.resolve('He was not an ill-disposed young man.') };

/** Hears nothing until it is aborted; `called` resolves when it is first asked. */
function deaf(): { recognizer: Recognizer; called: Promise<void> } {
  let onCall: () => void = () => undefined;
  const called = new Promise<void>((resolve) => (onCall = resolve));
  const transcribe: Recognizer['transcribe'] = async (_, { signal }) =>
    await new Promise<string>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      onCall();
    });
  return { recognizer: { transcribe }, called };
}

describe('LectureRunner', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(async () => {
    await Promise.all(world.runners.map((runner) => runner.stop()));
  });

  it('makes a lecture ready, with its transcript and its length, and tells so', async () => {
    const runner = world.process('a', hears);
    await runner.submit(world.upload(lectureId));
    await runner.idle();
    const record = world.records.get(lectureId);
    expect(record).toMatchObject({ status: 'ready' });
    expect(record?.durationSeconds).toBeCloseTo(3, 0);
    const transcript = world.transcripts.get(lectureId);
    expect(transcript).toMatchObject({ version: 1, lectureId, title: 'Tides' });
    expect(transcript?.segments.map(({ text }) => text)).toEqual(['He was not an ill-disposed young man.']);
    expect(world.events[0]).toMatchObject({ type: 'lecture', lectureId, status: 'transcribing', progress: 0 });
    expect(world.events.at(-1)).toMatchObject({ status: 'ready', progress: 1 });
  });

  it('runs a lecture once that is delivered several times, here and elsewhere', async () => {
    let calls = 0;
    const counting: Recognizer = {
      transcribe: () => {
        calls++;
        return Promise.resolve('Yes.');
      },
    };
    const [here, elsewhere] = [world.process('a', counting), world.process('b', counting)];
    const request = world.upload(lectureId);
    await Promise.all([here.submit(request), here.submit(request), elsewhere.submit(request)]);
    await Promise.all([here.idle(), elsewhere.idle()]);
    await here.submit(request);
    await here.idle();
    expect(calls).toBe(1);
  });

  it('tells how many lectures wait or are in work, down to none', async () => {
    const runner = world.process('a', hears);
    await Promise.all([runner.submit(world.upload(lectureId)), runner.submit(world.upload(otherId))]);
    await runner.idle();
    expect(world.work).toEqual([1, 2, 1, 0]);
  });

  it('works on no more lectures at once than allowed, and on all in the end', async () => {
    const { recognizer, called } = deaf();
    const runner = world.process('a', recognizer);
    await runner.submit(world.upload(lectureId));
    await runner.submit(world.upload(otherId));
    await called;
    expect(world.events.map((event) => event.lectureId)).not.toContain(otherId);
    await runner.stop();
    const next = world.process('b', hears);
    await next.resume();
    await next.idle();
    expect([lectureId, otherId].map((id) => world.records.get(id)?.status)).toEqual(['ready', 'ready']);
  });

  it.each([
    ['an empty file', Buffer.alloc(0), /is empty/],
    ['a ZIP', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(2_000, 9)]), /not a recording/],
  ])('rejects %s with a reason', async (_, file, reason) => {
    const runner = world.process('a', hears);
    await runner.submit(world.upload(lectureId, file));
    await runner.idle();
    expect(world.records.get(lectureId)).toMatchObject({ status: 'rejected' });
    expect(world.records.get(lectureId)?.statusReason).toMatch(reason);
    expect(world.events.at(-1)).toMatchObject({
      status: 'rejected',
      message: world.records.get(lectureId)?.statusReason,
    });
  });

  it('rejects a lecture without speech, and takes another upload of it', async () => {
    const runner = world.process('a', { transcribe: () => Promise.resolve('') });
    await runner.submit(world.upload(lectureId));
    await runner.idle();
    expect(world.records.get(lectureId)?.statusReason).toBe('No speech was found in the recording.');

    const other = await readFile(new URL('../../test/fixtures/audio/austen-0890.flac', import.meta.url));
    const next = world.process('b', hears);
    await next.submit(world.upload(lectureId, other));
    await next.idle();
    expect(world.records.get(lectureId)?.status).toBe('ready');
  });

  it('rejects a lecture whose recording has vanished, and says to upload it again', async () => {
    const runner = world.process('a', hears);
    const request = world.upload(lectureId);
    world.objects.clear();
    await runner.submit(request);
    await runner.idle();
    expect(world.records.get(lectureId)?.statusReason).toContain('upload it again');
  });

  it('waits for a model that is away, tells so, and loses nothing', async () => {
    let calls = 0;
    const away: Recognizer = {
      transcribe: () => {
        if (calls++ < 20) throw new SynapscribeError('llm_unavailable', 'It is away.');
        return Promise.resolve('Here it is.');
      },
    };
    const runner = world.process('a', away);
    await runner.submit(world.upload(lectureId));
    await runner.idle();
    expect(world.records.get(lectureId)?.status).toBe('ready');
    expect(world.events.map(({ message }) => message).join(' ')).toContain('Waiting for the speech recognizer');
  });

  it('leaves a lecture transcribing when it stops, to be found again at the next start', async () => {
    const { recognizer, called } = deaf();
    const first = world.process('a', recognizer);
    await first.submit(world.upload(lectureId));
    await called;
    await first.stop();
    expect(world.records.get(lectureId)?.status).toBe('transcribing');
    await expect(first.submit(requestOf(lectureId))).rejects.toMatchObject({ code: 'agent_unavailable' });

    const second = world.process('b', hears);
    await second.resume();
    await second.idle();
    expect(world.records.get(lectureId)?.status).toBe('ready');
  });

  it('takes over the lecture of a process that was killed, once its lease has ended', async () => {
    const { recognizer, called } = deaf();
    await world.process('a', recognizer).submit(world.upload(lectureId));
    await called;
    const second = world.process('b', hears);
    await second.resume();
    expect(second.running).toBe(0);
    world.forget('a');
    await second.resume();
    await second.idle();
    expect(world.records.get(lectureId)?.status).toBe('ready');
  });

  describe('of several pieces', () => {
    const COUNT = 6;
    let recording: Buffer;
    beforeAll(async () => {
      const { samples } = await decodeQuestion(once(speech), { maxSeconds: 10 });
      const step = samples.length + 3 * SAMPLE_RATE;
      const lecture = new Float32Array(COUNT * step);
      for (let i = 0; i < COUNT; i++)
        lecture.set(
          samples.map((sample) => sample * (1 - i / 10)),
          i * step,
        );
      recording = encodeWav(lecture, SAMPLE_RATE);
    });

    /** Says how loud what it hears is, which tells the pieces apart, and never answers from the `dies`th on. */
    function ears(heard: string[], dies = Infinity): { recognizer: Recognizer; dead: Promise<void> } {
      let onDeath: () => void = () => undefined;
      const dead = new Promise<void>((resolve) => (onDeath = resolve));
      let calls = 0;
      const transcribe: Recognizer['transcribe'] = async (samples, { signal }) => {
        const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
        const text = `Loudness ${peak.toFixed(3)}.`;
        if (calls++ < dies) {
          heard.push(text);
          return text;
        }
        onDeath();
        return await new Promise<string>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      };
      return { recognizer: { transcribe }, dead };
    }
    const segments = (): unknown => world.transcripts.get(lectureId)?.segments;

    it('goes on where it was when its process is killed, with no piece heard twice', async () => {
      const whole: string[] = [];
      const undisturbed = world.process('undisturbed', ears(whole).recognizer);
      await undisturbed.submit(world.upload(lectureId, recording));
      await undisturbed.idle();
      const expected = segments();
      expect(whole).toHaveLength(COUNT);

      world = new World();
      world.upload(lectureId, recording);
      const heard: string[] = [];
      for (const owner of ['a', 'b', 'c']) {
        const { recognizer, dead } = ears(heard, 1);
        const runner = world.process(owner, recognizer, { pieces: 1 });
        if (owner === 'a') await runner.submit(requestOf(lectureId));
        else await runner.resume();
        await dead;
        world.forget(owner);
      }
      const last = world.process('d', ears(heard).recognizer);
      await last.resume();
      await last.idle();
      expect(segments()).toEqual(expected);
      expect(heard).toEqual(whole);
    });

    it('is not given up while it gets further', async () => {
      world.upload(lectureId, recording);
      const heard: string[] = [];
      const first = ears(heard, 1);
      await world.process('a', first.recognizer, { pieces: 1 }).submit(requestOf(lectureId));
      await first.dead;
      world.forget('a');
      const claim = world.claims.get(lectureId);
      const payload = JSON.stringify({ key: requestOf(lectureId).key, runs: 8, pieces: 0 });
      world.claims.set(lectureId, { owner: undefined, done: false, ...claim, payload });
      const next = world.process('b', ears(heard).recognizer);
      await next.resume();
      await next.idle();
      expect(world.records.get(lectureId)?.status).toBe('ready');
    });

    it('is heard anew where another recording has taken its place', async () => {
      world.upload(lectureId, recording);
      const heard: string[] = [];
      const first = ears(heard, 1);
      await world.process('a', first.recognizer, { pieces: 1 }).submit(requestOf(lectureId));
      await first.dead;
      world.forget('a');
      const other = Buffer.from(recording);
      other.writeInt16LE(other.readInt16LE(other.length - 2) + 1, other.length - 2);
      world.objects.set(requestOf(lectureId).key, other);
      const next = world.process('b', ears(heard).recognizer);
      await next.resume();
      await next.idle();
      expect(heard).toHaveLength(COUNT + 1);
      expect(segments()).toHaveLength(COUNT);
    });
  });

  it('gives up a lecture that brought its process down over and over', async () => {
    const request = world.upload(lectureId);
    world.claims.set(lectureId, {
      owner: undefined,
      done: false,
      payload: JSON.stringify({ key: request.key, runs: 8 }),
    });
    const runner = world.process('a', hears);
    await runner.resume();
    await runner.idle();
    expect(world.records.get(lectureId)).toMatchObject({ status: 'rejected' });
  });

  it('runs lectures of a process that was killed one by one, and counts only the one that runs', async () => {
    const lectures = { lectures: 3 };
    const before = deaf();
    const first = world.process('a', before.recognizer, lectures);
    await first.submit(world.upload(lectureId));
    await first.submit(world.upload(otherId));
    await before.called;
    world.forget('a');

    // The first that is found again takes its process down, over and over.
    const runs = (id: string): unknown => (JSON.parse(world.claims.get(id)?.payload ?? '{}') as { runs?: number }).runs;
    expect([runs(lectureId), runs(otherId)]).toEqual([1, 1]);
    for (const [owner, count] of [
      ['b', 2],
      ['c', 3],
    ] as const) {
      const { recognizer, called } = deaf();
      const runner = world.process(owner, recognizer, lectures);
      await runner.resume();
      await called;
      expect([runs(lectureId), runs(otherId)]).toEqual([count, 1]);
      expect(world.claims.get(otherId)?.owner).toBeUndefined();
      const fresh = '4f9d3f62-6f0e-4f0a-9f2e-0f6ed2b0a003';
      world.events.length = 0;
      await runner.submit(world.upload(fresh));
      expect(world.events.map((event) => event.lectureId)).not.toContain(fresh);
      world.claims.delete(fresh);
      world.forget(owner);
    }

    const last = world.process('d', hears, lectures);
    await last.resume();
    await last.idle();
    expect([lectureId, otherId].map((id) => world.records.get(id)?.status)).toEqual(['ready', 'ready']);
  });

  describe('that somebody was about to upload', () => {
    const expectUpload = (uploadUntil: number): void => {
      const payload = JSON.stringify({ key: requestOf(lectureId).key, runs: 0, pieces: 0, uploadUntil });
      world.claims.set(lectureId, { owner: undefined, done: false, payload });
    };
    const resume = async (): Promise<void> => {
      const runner = world.process('a', hears);
      await runner.resume();
      await runner.idle();
    };

    it('is found where the event of its upload was lost', async () => {
      world.upload(lectureId, speech, 'uploaded');
      expectUpload(Date.now() + 60_000);
      await resume();
      expect(world.records.get(lectureId)?.status).toBe('ready');
    });

    it('is left alone while it may still come', async () => {
      world.upload(lectureId, speech, 'uploaded');
      world.objects.clear();
      expectUpload(Date.now() + 60_000);
      await resume();
      expect(world.records.get(lectureId)?.status).toBe('uploaded');
      expect(world.postponed.size).toBe(1);
    });

    it('is told of as never arrived once it cannot come any more', async () => {
      world.upload(lectureId, speech, 'uploaded');
      world.objects.clear();
      expectUpload(Date.now() - 1);
      await resume();
      expect(world.records.get(lectureId)).toMatchObject({
        status: 'rejected',
        statusReason: 'The recording did not arrive. Please upload it again.',
      });
    });

    it('stays rejected where the validation has refused it', async () => {
      world.upload(lectureId, speech, 'rejected');
      expectUpload(Date.now() - 1);
      await resume();
      expect(world.records.get(lectureId)?.status).toBe('rejected');
      expect(world.claims.has(lectureId)).toBe(false);
    });
  });

  it('does not count a run that was stopped', async () => {
    const { recognizer, called } = deaf();
    const first = world.process('a', recognizer);
    await first.submit(world.upload(lectureId));
    await called;
    await first.stop();
    expect(world.claims.get(lectureId)).toMatchObject({ owner: undefined });
    expect(JSON.parse(world.claims.get(lectureId)?.payload ?? '')).toMatchObject({ runs: 0 });
  });

  it('bears a storage that fails for a moment, and leaves the lecture for later where it fails for long', async () => {
    const runner = world.process('a', hears, { storagePatience: { ...quick, giveUpMs: 0 } });
    const request = world.upload(lectureId);
    await runner.submit(request);
    world.failures = 1;
    await runner.idle();
    expect(world.records.get(lectureId)?.status).toBe('transcribing');

    const failing: Recognizer = {
      transcribe: async (samples, given) => {
        world.failures = 5;
        return await hears.transcribe(samples, given);
      },
    };
    const patient = world.process('b', failing, { storagePatience: { ...quick, giveUpMs: 60_000 } });
    await patient.resume();
    await patient.idle();
    expect(world.records.get(lectureId)?.status).toBe('ready');
  });

  it('stops at a lecture that was deleted meanwhile, keeps nothing of it, and says so', async () => {
    const clip = (await decodeQuestion(once(speech), { maxSeconds: 10 })).samples;
    const samples = new Float32Array(20 * (clip.length + 3 * SAMPLE_RATE));
    for (let i = 0; i < 20; i++) samples.set(clip, i * (clip.length + 3 * SAMPLE_RATE));
    let calls = 0;
    const runner = world.process('a', {
      transcribe: async (piece, given) => {
        if (++calls === 3) world.records.delete(lectureId);
        return await hears.transcribe(piece, given);
      },
    });
    await runner.submit(world.upload(lectureId, encodeWav(samples, SAMPLE_RATE)));
    await runner.idle();
    expect(calls).toBeLessThan(8);
    expect(world.records.has(lectureId)).toBe(false);
    expect(world.claims.has(lectureId)).toBe(false);
    expect(world.transcripts.has(lectureId)).toBe(false);
    expect([...world.pieces.values()].flat().length).toBeLessThan(4);
    expect(world.events.at(-1)).toMatchObject({ status: 'rejected', progress: 1, message: 'The lecture was deleted.' });
  });

  it('takes away a recording that comes after its lecture was deleted, and says so', async () => {
    const runner = world.process('a', hears);
    world.delete(lectureId);
    await runner.submit(world.upload(lectureId, speech, 'validating'));
    await runner.idle();
    expect(world.objects.size).toBe(0);
    expect(world.records.has(lectureId)).toBe(false);
    expect(world.events).toMatchObject([{ lectureId, status: 'rejected', message: 'The lecture was deleted.' }]);
  });

  it('takes away what a host that has gone has left of a lecture that was deleted since', async () => {
    const { key } = world.upload(lectureId);
    world.deleted.add(lectureId);
    world.claims.set(lectureId, { owner: undefined, done: false, payload: JSON.stringify({ key, runs: 1 }) });
    const runner = world.process('b', hears);
    await runner.resume();
    await runner.idle();
    expect(world.objects.size).toBe(0);
    expect(world.records.has(lectureId)).toBe(false);
    expect(world.events).toMatchObject([{ lectureId, status: 'rejected', message: 'The lecture was deleted.' }]);
  });

  it('leaves no words of a lecture that is deleted at its very end', async () => {
    const runner = world.process('a', hears);
    world.onTranscript = () => world.records.delete(lectureId);
    await runner.submit(world.upload(lectureId));
    await runner.idle();
    expect(world.transcripts.has(lectureId)).toBe(false);
    expect(world.events.at(-1)).toMatchObject({ status: 'rejected', message: 'The lecture was deleted.' });
  });

  it('says of a lecture that breaks off after how long it does, also to who asks later', async () => {
    const clip = (await decodeQuestion(once(speech), { maxSeconds: 10 })).samples;
    const samples = new Float32Array(200 * SAMPLE_RATE);
    samples.set(clip);
    const whole = encodeWav(samples, SAMPLE_RATE);
    const runner = world.process('a', hears);
    await runner.submit(world.upload(lectureId, whole.subarray(0, whole.length * 0.9)));
    await runner.idle();
    const reason = 'The recording breaks off after 3 minutes.';
    expect(world.records.get(lectureId)).toMatchObject({ status: 'ready', statusReason: reason });
    expect(world.events.at(-1)?.message).toBe(`The lecture is ready for questions. ${reason}`);
  });

  it.each([
    ['another student', lectureKey('eu-west-1:0e7c6a8e-55bb-4f4c-9a53-16d3a4f4f1a1', lectureId, 'a.mp3'), 'forbidden'],
    ['another lecture', lectureKey(identityId, otherId, 'a.mp3'), 'bad_request'],
    ['no lecture', `queries/${identityId}/${lectureId}.wav`, 'bad_request'],
    ['no one', `lectures/${identityId}/../${lectureId}/a.mp3`, 'bad_request'],
  ])('refuses the key of %s', async (_, key, code) => {
    const runner = world.process('a', hears);
    await expect(runner.submit({ identityId, lectureId, key })).rejects.toMatchObject({ code });
  });
});
