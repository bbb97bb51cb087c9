/** Questions about all of a student's lectures, and in other languages. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SynapscribeClient } from '../../cli/client.ts';
import type { Segment } from '../../protocol/items.ts';
import { askSse } from '../support/sse.ts';
import { newIdentity, startSystem, type System } from '../support/system.ts';

let system: System;
let identityId: string;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(async () => await system.stop());
beforeEach(async () => {
  identityId = newIdentity();
  await system.model.change({
    asrText: 'Why?',
    asrMs: 0,
    answer: 'So it is. [1]',
    firstTokenMs: 0,
    tokensPerSecond: 1000,
  });
});

const segmentsOf = (...texts: string[]): Segment[] => texts.map((text, i) => ({ start: i * 6, end: i * 6 + 5, text }));

async function ask(over: Record<string, unknown> = {}) {
  return await askSse(system.agentcoreUrl, {
    queryId: randomUUID(),
    identityId,
    lectureId: '*',
    text: 'What do bees eat?',
    ...over,
  });
}
const promptOf = async (): Promise<string> => {
  const text = (await system.model.requests()).at(-1)?.messages[0]?.text;
  return text ?? '';
};

describe('a question about all lectures', () => {
  it('is answered from all that are ready, and its citations name the lecture', async () => {
    const tides = await system.addLecture(identityId, { title: 'Tides', createdAt: '2026-01-01T00:00:00.000Z' });
    const bees = await system.addLecture(
      identityId,
      { title: 'Bees', createdAt: '2026-02-01T00:00:00.000Z' },
      segmentsOf('Bees eat honey.', 'They make wax.'),
    );
    await system.addLecture(identityId, { title: 'Not yet', status: 'transcribing' });
    await system.addLecture(newIdentity(), { title: "Somebody else's" }, segmentsOf('Secret.'));
    await system.model.change({ answer: 'Honey. [1] The moon pulls. [4]' });
    const { events } = await ask();
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      answer: 'Honey. The moon pulls.',
      citations: [
        { start: 0, end: 5, text: 'Bees eat honey.', lectureId: bees, title: 'Bees' },
        { start: 6, end: 11, lectureId: tides, title: 'Tides' },
      ],
    });
    expect(events.filter(({ type }) => type === 'citation')).toHaveLength(2);
    expect(await promptOf()).toContain(
      'Lecture: Bees\n[1] Bees eat honey.\n[2] They make wax.\n\nLecture: Tides\n[3] Tides are the slow',
    );
    expect(await promptOf()).not.toMatch(/Not yet|Secret/);
  });

  it('has a conversation of its own, which is kept and found again', async () => {
    const lectureId = await system.addLecture(identityId);
    await ask({ text: 'What pulls the water?' });
    await ask({ text: 'And why?' });
    const roles = (await system.model.requests()).at(-1)?.messages.map(({ role }) => role);
    expect(roles).toEqual(['system', 'user', 'assistant', 'user']);
    expect(await system.session(identityId, '*')).toMatchObject({
      totalTurns: 2,
      status: 'ready',
      title: 'All lectures',
    });
    expect(await system.session(identityId, lectureId)).toMatchObject({ totalTurns: 0 });
  });

  it('sees a lecture that has become ready since', async () => {
    await system.addLecture(identityId);
    await ask();
    await system.addLecture(identityId, { title: 'Bees' }, segmentsOf('Bees eat honey.'));
    await ask();
    expect(await promptOf()).toContain('Bees eat honey.');
  });

  it('is refused where no lecture is ready', async () => {
    await system.addLecture(identityId, { status: 'transcribing' });
    const { events } = await ask();
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      code: 'lecture_not_ready',
      message: 'There is no lecture yet that is ready for questions.',
    });
  });

  it('goes through the WebSocket too', async () => {
    const client = await SynapscribeClient.create(system.webSocketUrl);
    try {
      await client.connect();
      const lectureId = await system.addLecture(client.identityId, { title: 'Tides' });
      const { citations } = await client.ask({ lectureId: '*', text: 'What pulls the water?' });
      expect(citations).toMatchObject([{ lectureId, title: 'Tides' }]);
    } finally {
      await client.close();
    }
  });
});

describe('a language', () => {
  it('is told to ears and mind, and to the voice', async () => {
    const lectureId = await system.addLecture(identityId);
    const queryId = randomUUID();
    const speech = await readFile(new URL('../fixtures/audio/austen-0880.flac', import.meta.url));
    const audioKey = await system.addRecording(identityId, queryId, speech, 'flac');
    await ask({ queryId, lectureId, audioKey, text: undefined, language: 'de' });
    const requests = await system.model.requests();
    expect(JSON.stringify(requests.at(-2)?.messages)).toContain('The speech is in German. Transcribe');
    expect(await promptOf()).toContain('short sentences, in German.');
    expect(system.speech.requests.at(-1)).toMatchObject({ language: 'de' });
  });

  it('is not told where none was asked for', async () => {
    const lectureId = await system.addLecture(identityId);
    await ask({ lectureId });
    expect(await promptOf()).toContain('in the language of the question');
    expect(system.speech.requests.at(-1)).not.toHaveProperty('language');
  });

  it.each(['', 'deutsch', 'de_DE', '"; drop'])('%j is refused', async (language) => {
    const { error } = await ask({ language });
    expect(error).toMatchObject({ code: 'bad_request', param: 'language' });
  });
});
