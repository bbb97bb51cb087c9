import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeWav } from '../audio/wav.ts';
import { closeServer, listen } from '../service-kit/service.ts';
import { READY, startScriptedSynapscribe, type ScriptedSynapscribe } from './test-support/scripted-synapscribe.ts';

const ROOT = join(import.meta.dirname, '..');
const MP3 = join(ROOT, 'test/fixtures/containers/cbr.mp3');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

let synapscribe: ScriptedSynapscribe;
let folder: string;
let lecture: string;
let out: string;

beforeAll(async () => {
  synapscribe = await startScriptedSynapscribe();
  folder = await mkdtemp(join(tmpdir(), 'ask-'));
  lecture = join(folder, 'Lecture 1 (100%).wav');
  out = join(folder, 'answer.mp3');
  await writeFile(lecture, encodeWav(new Float32Array(16_000), 8_000));
});
afterAll(async () => {
  await synapscribe.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  synapscribe.lectures = { steps: [{ status: 'transcribing', progress: 0.5 }, READY], tell: true };
  synapscribe.answers = [];
});

function ask(args: string[], onStderr?: (text: string, kill: () => void) => void): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'cli/ask.ts'), ...args], {
    cwd: ROOT,
    // Who it is on which server is kept there.
    env: { ...process.env, DATA_DIR: folder },
  });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => (ended.stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => {
    ended.stderr += part.toString();
    onStderr?.(ended.stderr, () => child.kill('SIGINT'));
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...ended, code })));
}

const timings = { asrMs: 1, firstTokenMs: 2, firstAudioMs: 3, totalMs: 4 };
const citations = [{ start: 61.2, end: 63, text: 'Cells divide.' }];

function scriptAnswer(speech: Buffer | undefined): void {
  const data = speech?.toString('base64') ?? '';
  const audio = { type: 'audio', seq: 3, index: 0, mime: 'audio/mpeg', data, last: true };
  synapscribe.answers = [
    { type: 'question', seq: 1, text: 'How do cells grow?' },
    { type: 'answer', seq: 2, delta: 'They divide.' },
    ...(speech === undefined ? [] : [audio]),
    {
      type: 'done',
      seq: speech === undefined ? 3 : 4,
      question: 'How do cells grow?',
      answer: 'They divide.',
      turn: 1,
      audioKey: speech === undefined ? null : 'responses/spoken.mp3',
      audioUrl: null,
      citations,
      timings,
    },
  ];
}

describe('npm run ask', () => {
  it('prints one line of JSON and nothing else, tells its progress, and saves the speech', async () => {
    const speech = await readFile(MP3);
    scriptAnswer(speech);
    const ended = await ask([lecture, MP3, '--url', synapscribe.url, '--out', out, '--json']);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\{.*\}\n$/) });
    expect(JSON.parse(ended.stdout)).toEqual({
      queryId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      lectureId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      question: 'How do cells grow?',
      answer: 'They divide.',
      citations,
      audio: { path: out, mime: 'audio/mpeg', seconds: expect.closeTo(2, 0) },
      timings,
    });
    expect(await readFile(out)).toEqual(speech);
    const steps = ended.stderr.trim().split('\n');
    expect(steps).toEqual(expect.arrayContaining(['Uploading the lecture 100 %', 'Question: How do cells grow?']));
    expect(ended.stderr).not.toContain('\u001b');
  });

  it('prints the answer and its places for a person', async () => {
    scriptAnswer(undefined);
    const ended = await ask([lecture, 'How do cells grow?', '--url', synapscribe.url, '--out', out]);
    expect(ended).toMatchObject({ code: 0, stdout: 'They divide.\n  01:01–01:03  Cells divide.\n' });
    expect(ended.stderr).toContain('The answer could not be spoken; here is its text.');
  });

  it('asks again about a lecture by the id that it told, as the same guest', async () => {
    scriptAnswer(undefined);
    const first = await ask([lecture, 'How do cells grow?', '--url', synapscribe.url, '--out', out]);
    const [, lectureId = ''] = /^The lecture is ready: (\S+)$/m.exec(first.stderr) ?? [];
    const again = await ask([lectureId, 'And then?', '--url', `${synapscribe.url}/`, '--out', out, '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ lectureId });
    expect(again.stderr).not.toContain('Uploading');
    expect((await stat(join(folder, 'guests.json'))).mode & 0o777).toBe(0o600);
  });

  it('exits with 2 for a lecture that is not there, or not this guest’s', async () => {
    const lectureId = randomUUID();
    const ended = await ask([lectureId, 'Why?', '--url', synapscribe.url]);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`no lecture ${lectureId}`) });
  });

  it('fails with 1 and one sentence where the system fails', async () => {
    synapscribe.answers = [{ type: 'error', seq: 1, code: 'llm_unavailable', message: 'It is down.', retryable: true }];
    const ended = await ask([lecture, 'Why?', '--url', synapscribe.url, '--out', out, '--json']);
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/\nIt is down\.\n$/) });
  });

  it('fails with 1 where nobody answers', async () => {
    const server = createServer();
    const port = await listen(server, 0, '127.0.0.1');
    await closeServer(server, 0);
    const ended = await ask([lecture, 'Why?', '--url', `ws://127.0.0.1:${port}/Prod`]);
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr: `SynapScribe does not answer at http://127.0.0.1:${port}.\n`,
    });
  });

  it('cancels on Ctrl-C', async () => {
    const ended = await ask([lecture, 'Why?', '--url', synapscribe.url, '--out', out], (stderr, interrupt) => {
      if (stderr.endsWith('Asking\n')) interrupt();
    });
    expect(ended).toMatchObject({ code: 130, stdout: '', stderr: expect.stringMatching(/\nInterrupted\.\n$/) });
  });

  it.each([
    ['wrong use', [], 'Usage: npm run ask'],
    ['a lecture that is no recording', [join(ROOT, 'package.json'), 'Why?'], 'This file is a text file.'],
  ])('exits with 2 and one sentence for %s', async (_what, args, sentence) => {
    const ended = await ask(args);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) });
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('explains itself', async () => {
    expect(await ask(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('<lecture-audio>') });
  });
});
