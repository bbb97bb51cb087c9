/** `npm run export` and `npm run ask` as the same guest, one after the other. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SynapscribeClient } from '../../cli/client.ts';
import { GuestFile } from '../../cli/guest-file.ts';
import { runCommand, type EndedCommand } from '../support/command.ts';
import { PROMPT } from '../support/scripted-speech.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;
let folder: string;
let lectureId: string;

beforeAll(async () => {
  system = await startSystem();
  system.speech.script = PROMPT;
  folder = await mkdtemp(join(tmpdir(), 'export-'));
  const client = await SynapscribeClient.create(system.webSocketUrl);
  await new GuestFile(join(folder, 'guests.json')).keep(system.webSocketUrl, client.identityId);
  lectureId = await system.addLecture(client.identityId);
  await client.close();
});
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

const run = async (command: 'ask' | 'export', args: string[], dataDir = folder): Promise<EndedCommand> =>
  await runCommand(command, [...args, '--url', system.webSocketUrl], dataDir);

describe('npm run export', () => {
  it('gives a transcript on stdout, and nothing else there', async () => {
    const ended = await run('export', [lectureId]);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^WEBVTT\n\nNOTE Tides/) });
    expect(ended.stderr).toBe('Exporting the transcript\n');
  });

  it('gives the conversation that npm run ask has had about it', async () => {
    const asked = await run('ask', [lectureId, 'Why are there tides?', '--out', join(folder, 'answer.mp3'), '--json']);
    expect(asked.code).toBe(0);
    expect(JSON.parse(asked.stdout)).toMatchObject({ lectureId });
    expect(asked.stderr).toContain(`The lecture is ready: ${lectureId}\n`);
    const out = join(folder, 'conversation.md');
    const ended = await run('export', [lectureId, '--what', 'conversation', '--out', out]);
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(`Saved to ${out}\n`) });
    expect(await readFile(out, 'utf8')).toContain('## 1. Why are there tides?');
  });

  it('exits with 2 where another guest, or nobody, has the lecture', async () => {
    const stranger = await run('export', [lectureId], join(folder, 'stranger'));
    const unknown = await run('export', [randomUUID()]);
    for (const ended of [stranger, unknown]) {
      expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('There is no lecture') });
    }
  });

  it('becomes another guest where the server does not know the one of before', async () => {
    const dataDir = join(folder, 'elsewhere');
    const guests = new GuestFile(join(dataDir, 'guests.json'));
    const forgotten = `us-east-1:${randomUUID()}`;
    await guests.keep(system.webSocketUrl, forgotten);
    expect(await run('export', [lectureId], dataDir)).toMatchObject({ code: 2 });
    const now = await guests.find(system.webSocketUrl);
    expect(now).toBeDefined();
    expect(now).not.toBe(forgotten);
  });
});
