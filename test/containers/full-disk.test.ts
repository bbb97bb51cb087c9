/** A disk that fills up under the storage: said to whoever asks, nothing lost, and over when there is room again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ComposeProject } from './support/compose-project.ts';
import { Student } from './support/student.ts';

const MINUTES = 60_000;
const FILLER = '/data/filler';
const CLEAR_SENTENCE = /^[A-Z][^{}<>]+\.$/;

let project: ComposeProject;
let student: Student;

beforeAll(async () => {
  project = await ComposeProject.start({
    overrides: ['scripted-model', 'small-disk'].map((name) => `test/containers/support/${name}.compose.yaml`),
  });
  student = await Student.arrive(project.webSocketUrl);
}, 10 * MINUTES);
afterAll(async () => {
  await student.leave();
  await project.down();
}, 2 * MINUTES);
beforeEach(empty, MINUTES);

async function fill(): Promise<void> {
  const storage = await project.container('local-aws');
  const { output } = await project.exec(storage, 'dd', 'if=/dev/zero', `of=${FILLER}`, 'bs=64k');
  expect(output).toMatch(/No space left on device/);
}

/** Resolves when the storage has noticed that there is room. */
async function empty(): Promise<void> {
  await project.exec(await project.container('local-aws'), 'rm', '-f', FILLER);
  const isWhole = async (): Promise<boolean> =>
    (await (await fetch(`${project.awsUrl}/health`)).text()).includes('"status":"ok"');
  while (!(await isWhole())) await sleep(100);
}

const storedTurns = async (): Promise<string[]> => (await student.turns()).map(({ queryId }) => queryId);

it(
  'is told to whoever asks or uploads, while what was stored can be read',
  async () => {
    const before = await student.ask();
    const stored = await storedTurns();
    expect(stored).toContain(before.queryId);
    await fill();
    const outcome = await student.askAnd();
    expect(outcome).toMatchObject({ error: { retryable: true, message: expect.stringMatching(CLEAR_SENTENCE) } });
    await expect(student.upload()).rejects.toMatchObject({ message: expect.stringMatching(CLEAR_SENTENCE) });
    expect(await storedTurns()).toEqual(stored);
    await empty();
    const after = await student.ask();
    expect(await storedTurns()).toEqual([...stored, after.queryId]);
    await student.waitUntilReady(await student.upload());
  },
  2 * MINUTES,
);

it(
  'does not lose an answer that was whole when it filled',
  async () => {
    const before = await student.turns();
    const outcome = await student.askAnd(fill);
    // The words were all heard or read; only their keeping had to wait.
    expect(outcome).toMatchObject({
      error: { message: expect.stringMatching(/^The answer is whole but cannot be kept right now\./) },
    });
    await empty();
    const isStored = async (): Promise<boolean> => (await student.turns()).length === before.length + 1;
    while (!(await isStored())) await sleep(200);
    expect((await student.ask()).done.turn).toBe(before.length + 2);
  },
  2 * MINUTES,
);
