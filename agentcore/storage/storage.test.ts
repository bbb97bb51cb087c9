import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamoClient, startTestAws, type TestAws } from '../../containers/local-aws/test-support/local-aws.ts';
import {
  claimItemKey,
  expectedLectureClaim,
  openLectureClaim,
  sessionItemSchema,
  UNHELD_CLAIM_CONDITION,
  UPLOAD_EVENT_MS,
  type ClaimKind,
  type Turn,
} from '../../protocol/items.ts';
import type { AbandonedWork } from './claim-record.ts';
import { Claims, type ClaimMail } from './claims.ts';
import { DynamoLecturePieces } from './lecture-pieces.ts';
import { DynamoLectureRecords } from './lecture-records.ts';
import { SessionStore, trimConversation } from './session-store.ts';

const TABLE = 'SynapScribe-Sessions';

let aws: TestAws;
let documents: DynamoDBDocumentClient;
let identityId: string;
let lectureId: string;

beforeAll(async () => {
  aws = await startTestAws();
  documents = dynamoClient(aws);
});
afterAll(async () => {
  documents.destroy();
  await aws.stop();
});

beforeEach(async () => {
  identityId = `us-east-1:${randomUUID()}`;
  lectureId = randomUUID();
  await putSession({});
});

const turn = (over: Partial<Turn> = {}): Turn => ({
  queryId: randomUUID(),
  question: 'Why?',
  answer: 'Because of the moon.',
  citations: [],
  audioKey: null,
  askedAt: new Date().toISOString(),
  ...over,
});

/** As a guest may write it: anything. */
async function putSession(over: Record<string, unknown>): Promise<void> {
  const item = { sessionId: identityId, lectureId, status: 'ready', title: 'Tides', conversation: [], totalTurns: 0 };
  const wanted: Record<string, unknown> = { ...item, ...over };
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined);
  await documents.send(new PutCommand({ TableName: TABLE, Item: Object.fromEntries(given) }));
}

async function item(key: Record<string, string>): Promise<Record<string, unknown> | undefined> {
  return (await documents.send(new GetCommand({ TableName: TABLE, Key: key, ConsistentRead: true }))).Item;
}

describe('SessionStore', () => {
  it('appends a turn once, however often', async () => {
    const sessions = new SessionStore(documents, TABLE);
    const first = turn();
    expect(await sessions.appendTurn(identityId, lectureId, first)).toBe(1);
    expect(await sessions.appendTurn(identityId, lectureId, first)).toBe(1);
    expect((await sessions.get(identityId, lectureId))?.conversation).toEqual([{ ...first, turn: 1 }]);
  });

  it('loses no turn where two hosts append at once', async () => {
    const hosts = [new SessionStore(documents, TABLE), new SessionStore(documents, TABLE)];
    const numbers = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => await hosts[i % 2]?.appendTurn(identityId, lectureId, turn())),
    );
    expect([...numbers].sort((a = 0, b = 0) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect((await hosts[0]?.get(identityId, lectureId))?.conversation).toHaveLength(10);
  });

  it.each([
    ['a count that is text', { totalTurns: 'many' }],
    ['a count that is missing', { totalTurns: undefined }],
    ['a conversation of nonsense', { conversation: [1, { queryId: 'x' }, null], totalTurns: 3 }],
    ['a conversation that is no list', { conversation: 'hello' }],
  ])('appends to a session into which its student wrote %s', async (_, over) => {
    await putSession(over);
    const sessions = new SessionStore(documents, TABLE);
    await sessions.appendTurn(identityId, lectureId, turn({ answer: 'It is so.' }));
    expect((await sessions.get(identityId, lectureId))?.conversation).toMatchObject([{ answer: 'It is so.' }]);
  });

  it('does not know a session that has ended, or is none', async () => {
    const sessions = new SessionStore(documents, TABLE);
    await putSession({ expiresAt: Math.floor(Date.now() / 1000) - 5 });
    expect(await sessions.get(identityId, lectureId)).toBeUndefined();
    await putSession({ status: 'dancing' });
    expect(await sessions.get(identityId, lectureId)).toBeUndefined();
    expect(await sessions.get(identityId, randomUUID())).toBeUndefined();
  });

  it('keeps the newest turns that fit well under 400 KB', () => {
    const turns = Array.from({ length: 60 }, (_, i) => turn({ question: String(i), answer: '潮'.repeat(4_000) }));
    const kept = trimConversation(turns);
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(310_000);
    expect(kept.at(-1)?.question).toBe('59');
    expect(kept.map(({ question }) => Number(question))).toEqual(kept.map((_, i) => 60 - kept.length + i));
    expect(trimConversation([turn({ answer: 'x'.repeat(20_000) })], 100)).toHaveLength(1);
  });
});

describe('Claims', () => {
  const hosts = (kind: ClaimKind): [Claims, Claims] => [
    new Claims(documents, TABLE, kind),
    new Claims(documents, TABLE, kind),
  ];
  let queryId: string;
  beforeEach(() => {
    queryId = randomUUID();
  });

  /** Runs `work` with a clock that `set` puts forward by so many milliseconds. */
  async function withClock(work: (set: (ms: number) => void) => Promise<void>): Promise<void> {
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
    try {
      await work((ms) => clock.mockReturnValue(now + ms));
    } finally {
      clock.mockRestore();
    }
  }
  const abandonedOf = async (claims: Claims): Promise<AbandonedWork[]> =>
    (await claims.abandoned()).filter((work) => work.identityId === identityId);

  it('gives a piece of work to one of two hosts, until it is done', async () => {
    const [one, two] = hosts('query');
    const outcomes = await Promise.all([one.claim(identityId, queryId), two.claim(identityId, queryId)]);
    expect([...outcomes].sort()).toEqual(['claimed', 'running']);
    const winner = outcomes[0] === 'claimed' ? one : two;
    await winner.done(identityId, queryId);
    await winner.release(identityId, queryId);
    expect(await one.claim(identityId, queryId)).toBe('done');
    expect(await two.claim(identityId, queryId)).toBe('done');
    // Nothing is left among the claims, which are looked through every other second.
    expect(await item(claimItemKey('query', identityId, queryId))).toBeUndefined();
  });

  it.each([
    ['query', 4_900, 5_100],
    ['lecture', 14_900, 15_100],
  ] as const)('gives a %s of a host that has gone to another when its lease has ended', async (kind, held, over) => {
    const [one, two] = hosts(kind);
    await withClock(async (set) => {
      expect(await one.claim(identityId, queryId)).toBe('claimed');
      set(held);
      expect(await two.claim(identityId, queryId)).toBe('running');
      set(over);
      expect(await two.claim(identityId, queryId)).toBe('claimed');
    });
    // The first cannot end it any more.
    await one.release(identityId, queryId);
    expect(await item(claimItemKey(kind, identityId, queryId))).toMatchObject({ state: 'running' });
    await two.done(identityId, queryId);
    await two.release(identityId, queryId);
    expect(await one.claim(identityId, queryId)).toBe('done');
  });

  it('is claimed where the answer to the write was lost, and its retry meets what it had written', async () => {
    const [one, two] = hosts('query');
    expect(await one.claim(identityId, queryId, { listener: 'first=' })).toBe('claimed');
    expect(await one.claim(identityId, queryId, { listener: 'first=' })).toBe('claimed');
    expect(await two.claim(identityId, queryId)).toBe('running');
  });

  it('is confirmed without asking while its lease runs, and not once another host has it', async () => {
    const [one, two] = hosts('query');
    await one.claim(identityId, queryId);
    const kept = one.keep(identityId, queryId);
    expect(await kept.confirm()).toBe(true);
    await one.abandon(identityId, queryId);
    expect(await two.claim(identityId, queryId)).toBe('claimed');
    // By its own clock it has it still, until it is told otherwise.
    await new Promise<void>((resolve) => one.keep(identityId, queryId, { onLost: resolve }));
    while (await kept.confirm()) await sleep(50);
    kept.stop();
  });

  it('may be asked for again once it is released', async () => {
    const [claims] = hosts('query');
    await claims.claim(identityId, queryId);
    await claims.release(identityId, queryId);
    expect(await claims.claim(identityId, queryId)).toBe('claimed');
  });

  it('stays deleted, though its host has noted meanwhile that it is done', async () => {
    const claims = new Claims(documents, TABLE, 'lecture');
    await claims.deleted(identityId, lectureId);
    await claims.done(identityId, lectureId);
    expect(await claims.claim(identityId, lectureId)).toBe('deleted');
    expect(await claims.claim(identityId, randomUUID())).toBe('claimed');
  });

  it('finds lectures that nobody works on: left by their host, or never begun', async () => {
    const [claims] = hosts('lecture');
    const waiting = randomUUID();
    const key = `lectures/${identityId}/${waiting}/a.mp3`;
    await documents.send(
      new PutCommand({ TableName: TABLE, Item: openLectureClaim(identityId, waiting, key, Date.now()) }),
    );
    const [kept, left, ended] = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of [kept, left, ended]) await claims.claim(identityId, id, { payload: '{}' });
    await claims.abandon(identityId, left);
    await claims.done(identityId, ended);
    await claims.release(identityId, ended);
    expect((await abandonedOf(claims)).map(({ id }) => id).sort()).toEqual([waiting, left].sort());
    expect(await claims.claim(identityId, waiting)).toBe('claimed');
  });

  it('waits for a lecture that is about to be uploaded, until its event comes or has been lost', async () => {
    const [claims] = hosts('lecture');
    const [coming, lost, begun] = [randomUUID(), randomUUID(), randomUUID()];
    const put = async (Item: object): Promise<unknown> =>
      await documents.send(new PutCommand({ TableName: TABLE, Item, ...UNHELD_CLAIM_CONDITION }));
    const key = (id: string): string => `lectures/${identityId}/${id}/a.mp3`;
    const now = Date.now();
    for (const [id, ago] of [
      [coming, 0],
      [begun, 0],
      [lost, UPLOAD_EVENT_MS + 1],
    ] as const) {
      await put(expectedLectureClaim(identityId, id, key(id), now - ago, now + 60_000));
    }
    expect((await abandonedOf(claims)).map(({ id }) => id)).toEqual([lost]);

    await put(openLectureClaim(identityId, begun, key(begun), now));
    expect(await claims.claim(identityId, begun, { payload: '{}' })).toBe('claimed');
    await expect(put(openLectureClaim(identityId, begun, key(begun), now))).rejects.toThrow('conditional');

    const [found] = await abandonedOf(claims);
    if (found === undefined) throw new Error('not found');
    await claims.postpone(found, now + 60_000);
    expect(await abandonedOf(claims)).toEqual([]);
  });

  it('brings what is asked of one host to the one at work, with its next beat', async () => {
    const [one, two] = hosts('query');
    await one.claim(identityId, queryId, { listener: 'first=' });
    expect(await two.addListener(identityId, queryId, 'second=')).toBe(true);
    expect(await two.cancel(identityId, queryId)).toBe(true);
    const mail = await new Promise<ClaimMail>((resolve) => {
      const kept = one.keep(identityId, queryId, {
        onMail: (given) => {
          kept.stop();
          resolve(given);
        },
      });
    });
    expect(mail).toEqual({ cancelled: true, listeners: expect.arrayContaining(['first=', 'second=']) });
    expect(mail.listeners).toHaveLength(2);
  });

  it('tells a host that its work was taken by another', async () => {
    const [one, two] = hosts('query');
    await one.claim(identityId, queryId);
    await one.abandon(identityId, queryId);
    expect(await two.claim(identityId, queryId)).toBe('claimed');
    await new Promise<void>((resolve) => one.keep(identityId, queryId, { onLost: resolve }));
    expect(await new Claims(documents, TABLE, 'query').claim(identityId, queryId)).toBe('running');
  });

  it('refuses for ten seconds what was cancelled before it came, and has no listener to add to it', async () => {
    const [one, two] = hosts('query');
    await withClock(async (set) => {
      expect(await one.cancel(identityId, queryId)).toBe(false);
      expect(await two.claim(identityId, queryId)).toBe('cancelled');
      expect(await two.addListener(identityId, queryId, 'second=')).toBe(false);
      set(10_100);
      expect(await two.claim(identityId, queryId)).toBe('claimed');
    });
  });

  it('lets one of two hosts take away what a third has left, with all who wait for it', async () => {
    const [gone, one] = hosts('query');
    const two = new Claims(documents, TABLE, 'query');
    await withClock(async (set) => {
      await gone.claim(identityId, queryId, { listener: 'first=' });
      set(5_100);
      const [found] = await abandonedOf(one);
      if (found === undefined) throw new Error('not found');
      expect(await gone.takeAway(found)).toBeUndefined();
      await one.addListener(identityId, queryId, 'late=');
      const taken = (await Promise.all([one.takeAway(found), two.takeAway(found)])).filter(
        (work) => work !== undefined,
      );
      expect(taken).toMatchObject([{ id: queryId, listeners: expect.arrayContaining(['first=', 'late=']) }]);
      expect(await one.claim(identityId, queryId)).toBe('claimed');
    });
  });

  it('does not take away what its host has renewed meanwhile', async () => {
    const [slow, other] = hosts('query');
    await withClock(async (set) => {
      await slow.claim(identityId, queryId);
      set(5_100);
      const [found] = await abandonedOf(other);
      if (found === undefined) throw new Error('not found');
      await slow.abandon(identityId, queryId);
      expect(await other.takeAway(found)).toBeUndefined();
    });
  });
});

describe('DynamoLectureRecords', () => {
  it('changes the status, forgets an earlier reason, and does not bring a deleted lecture back', async () => {
    const records = new DynamoLectureRecords(documents, new SessionStore(documents, TABLE), TABLE);
    await records.update(identityId, lectureId, { status: 'rejected', statusReason: 'It is silent.' });
    expect(await item({ sessionId: identityId, lectureId })).toMatchObject({ statusReason: 'It is silent.' });
    await records.update(identityId, lectureId, { status: 'ready', durationSeconds: 12 });
    const session = await item({ sessionId: identityId, lectureId });
    expect(sessionItemSchema.parse(session)).toMatchObject({ status: 'ready', durationSeconds: 12, title: 'Tides' });
    expect(session).not.toHaveProperty('statusReason');
    expect(await records.update(identityId, randomUUID(), { status: 'ready' })).toBe(false);
  });
});

describe("a student's lectures", () => {
  it('are listed while they are ready and live, the newest first', async () => {
    const sessions = new SessionStore(documents, TABLE);
    const mine = `us-east-1:${randomUUID()}`;
    const put = async (over: Record<string, unknown>): Promise<string> => {
      const id = randomUUID();
      await putSession({ sessionId: mine, lectureId: id, ...over });
      return id;
    };
    const old = await put({ title: 'Old', createdAt: '2026-01-01T00:00:00.000Z' });
    const young = await put({ title: 'Young', createdAt: '2026-03-01T00:00:00.000Z', conversation: [turn()] });
    await put({ status: 'transcribing' });
    await put({ expiresAt: 1 });
    await put({ lectureId: '*' });
    await put({ status: 'whatever a guest writes' });
    expect(await sessions.listReady(mine)).toEqual([
      { lectureId: young, title: 'Young' },
      { lectureId: old, title: 'Old' },
    ]);
  });

  it('have a conversation together, which begins with its first turn', async () => {
    const sessions = new SessionStore(documents, TABLE);
    const mine = `us-east-1:${randomUUID()}`;
    expect(await sessions.getAll(mine)).toMatchObject({ lectureId: '*', conversation: [], totalTurns: 0 });
    expect(await item({ sessionId: mine, lectureId: '*' })).toBeUndefined();
    const turns = await Promise.all([0, 1, 2].map(async () => await sessions.appendTurn(mine, '*', turn())));
    expect(turns.sort()).toEqual([1, 2, 3]);
    const stored = await item({ sessionId: mine, lectureId: '*' });
    expect(sessionItemSchema.parse(stored)).toMatchObject({ status: 'ready', title: 'All lectures', totalTurns: 3 });
    expect(stored?.['expiresAt']).toBeGreaterThan(Date.now() / 1000 + 6.9 * 24 * 3600);
  });
});

describe('DynamoLecturePieces', () => {
  const piece = (start: number, text = `At ${start}.`) => ({
    start,
    end: start + 2.5,
    voiced: [{ start: start + 0.25, end: start + 2.25 }],
    text,
  });

  it('gives what has been heard of a recording, in order, and of no other', async () => {
    const pieces = new DynamoLecturePieces(documents, TABLE);
    for (const start of [10_000.13, 3, 250]) await pieces.keep(identityId, lectureId, 'aaaa', piece(start));
    await pieces.keep(identityId, lectureId, 'aaaa', piece(3, 'Heard again.'));
    await pieces.keep(identityId, lectureId, 'bbbb', piece(1));
    await pieces.keep(identityId, randomUUID(), 'aaaa', piece(2));
    const other = new DynamoLecturePieces(documents, TABLE);
    expect(await other.load(identityId, lectureId, 'aaaa')).toEqual([
      piece(3, 'Heard again.'),
      piece(250),
      piece(10_000.13),
    ]);
    expect(await other.count(identityId, lectureId)).toBe(4);
    expect(await other.load(identityId, lectureId, 'cccc')).toEqual([]);
  });

  it('reads more than DynamoDB gives at once', async () => {
    const pieces = new DynamoLecturePieces(documents, TABLE);
    const long = 'x'.repeat(100_000);
    for (let start = 0; start < 15; start++) await pieces.keep(identityId, lectureId, 'aaaa', piece(start, long));
    expect(await pieces.load(identityId, lectureId, 'aaaa')).toHaveLength(15);
    expect(await pieces.count(identityId, lectureId)).toBe(15);
  });
});
