import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DeleteObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SynapscribeClient } from '../../cli/client.ts';
import { GuestFile } from '../../cli/guest-file.ts';
import { postFile } from '../../cli/client-upload.ts';
import { dynamoClient, s3Client } from '../../containers/local-aws/test-support/local-aws.ts';
import { piecesPartition } from '../../protocol/items.ts';
import { lectureKey, queryKey, responseKey, transcriptKey } from '../../protocol/keys.ts';
import { runCommand, type EndedCommand } from '../support/command.ts';
import { newIdentity, startSystem, type System } from '../support/system.ts';
import { until } from '../support/until.ts';

const STEP_MS = 10_000;
const BUCKET = 'synapscribe-audio-local';

let system: System;
let s3: S3Client;
let documents: DynamoDBDocumentClient;
let speech: Buffer;
let client: SynapscribeClient;
let identityId: string;
let lectureId: string;

beforeAll(async () => {
  system = await startSystem();
  s3 = s3Client(system);
  documents = dynamoClient(system);
  speech = await readFile(new URL('../fixtures/audio/austen-0880.flac', import.meta.url));
  client = await SynapscribeClient.create(system.webSocketUrl);
  await client.connect();
  ({ identityId } = client);
});
afterAll(async () => {
  s3.destroy();
  documents.destroy();
  await client.close();
  await system.stop();
});
beforeEach(async () => {
  lectureId = await system.addLecture(identityId);
});

/** Of everybody. */
async function allKeys(): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return Contents.map(({ Key = '' }) => Key).sort();
}

/** What the table keeps of what was heard in a lecture. */
async function heardOf(id: string): Promise<unknown[]> {
  const command = new QueryCommand({
    TableName: 'SynapScribe-Sessions',
    KeyConditionExpression: 'sessionId = :pieces',
    ExpressionAttributeValues: { ':pieces': piecesPartition(identityId, id) },
  });
  return (await documents.send(command)).Items ?? [];
}

const remove = async (owner: string, id: string): Promise<Response> =>
  await fetch(`${system.agentcoreUrl}/v1/lectures/${id}?identityId=${owner}`, {
    method: 'DELETE',
    signal: AbortSignal.timeout(STEP_MS),
  });

describe('a lecture that its student deletes', () => {
  it('is gone with its recording, transcript, exports and conversation, and nothing else is', async () => {
    const kept = await system.addLecture(identityId);
    const audio = { bytes: speech, extension: 'flac' };
    const other = await client.ask({ lectureId: kept, audio });
    const before = await allKeys();
    const own = [transcriptKey(identityId, lectureId)];
    expect(before).toEqual(expect.arrayContaining(own));

    const spoken = await client.ask({ lectureId, audio });
    const typed = await client.ask({ lectureId, text: 'Why are there tides?' });
    await client.exportLecture({ lectureId, what: 'transcript', format: 'md' });
    await client.exportLecture({ lectureId, what: 'conversation', format: 'json' });
    const made = (await allKeys()).filter((key) => !before.includes(key));
    expect(made).toEqual(
      [
        queryKey(identityId, spoken.queryId, 'flac'),
        responseKey(identityId, spoken.queryId),
        responseKey(identityId, typed.queryId),
        `responses/${identityId}/${lectureId}.transcript.md`,
        `responses/${identityId}/${lectureId}.conversation.json`,
      ].sort(),
    );

    expect(await client.deleteLecture(lectureId)).toEqual({ type: 'deleted', lectureId });
    const left = await allKeys();
    expect(left).toEqual(before.filter((key) => !key.includes(lectureId)));
    expect(left).toContain(queryKey(identityId, other.queryId, 'flac'));
    expect(await system.session(identityId, lectureId)).toBeUndefined();
    expect(await system.session(identityId, kept)).toMatchObject({ status: 'ready', totalTurns: 1 });
  });

  it('was uploaded with a file, which goes too', async () => {
    const description = { title: 'Austen', filename: 'Jane Austen & Co.flac', contentType: 'audio/flac' };
    const uploaded = await client.uploadLecture(speech, description);
    await client.waitUntilReady(uploaded);
    expect(await allKeys()).toContain(lectureKey(identityId, uploaded, description.filename));
    expect(await heardOf(uploaded)).not.toEqual([]);
    await client.deleteLecture(uploaded);
    expect((await allKeys()).filter((key) => key.includes(uploaded))).toEqual([]);
    expect(await heardOf(uploaded)).toEqual([]);
  });

  it('does not come back with an upload that was on its way, nor under its own id again', async () => {
    const file = { title: 'Austen', filename: 'austen.flac', contentType: 'audio/flac' };
    const late = randomUUID();
    const form = await client.requestUpload({ action: 'upload', lectureId: late, ...file, bytes: speech.length });
    await client.deleteLecture(late);
    const told = client.waitUntilReady(late);
    await postFile(form, speech);
    await expect(told).rejects.toMatchObject({ code: 'unsupported_audio', message: 'The lecture was deleted.' });
    const isGone = async (): Promise<boolean> =>
      (await system.session(identityId, late)) === undefined && !(await allKeys()).some((key) => key.includes(late));
    await until('nothing is left of it', isGone, STEP_MS);

    await client.uploadLecture(speech, { ...file, lectureId: late });
    await expect(client.waitUntilReady(late)).rejects.toMatchObject({ message: 'The lecture was deleted.' });
    await until('nothing is left of it', isGone, STEP_MS);
  });

  it('leaves no export that was being written', async () => {
    const formats = ['vtt', 'srt', 'md', 'json'] as const;
    const exports = [...formats, ...formats, ...formats].map(async (format) =>
      client.exportLecture({ lectureId, what: 'transcript', format }),
    );
    const settled = Promise.allSettled(exports);
    await client.deleteLecture(lectureId);
    await settled;
    expect((await allKeys()).filter((key) => key.includes(lectureId))).toEqual([]);
  });

  it('does not keep the others from being searched and asked while it is being deleted', async () => {
    const other = await system.addLecture(identityId);
    const Key = transcriptKey(identityId, lectureId);
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    expect((await client.search('*', 'moon')).hits.map((hit) => hit.lectureId)).toContain(other);
  });

  it('can no longer be asked, searched or taken out, nor asked along with all', async () => {
    const other = await system.addLecture(identityId, { title: 'Other' });
    // What is kept in memory is let go of.
    await client.search(lectureId, 'moon');
    expect((await client.search('*', 'moon')).hits.map((hit) => hit.lectureId)).toContain(lectureId);
    await client.deleteLecture(lectureId);
    const gone = { code: 'not_found' };
    await expect(client.ask({ lectureId, text: 'Why?' })).rejects.toMatchObject(gone);
    await expect(client.search(lectureId, 'moon')).rejects.toMatchObject(gone);
    await expect(client.recordingOf(lectureId)).rejects.toMatchObject(gone);
    await expect(client.exportLecture({ lectureId, what: 'transcript', format: 'md' })).rejects.toMatchObject(gone);
    const found = (await client.search('*', 'moon')).hits.map((hit) => hit.lectureId);
    expect(found).toContain(other);
    expect(found).not.toContain(lectureId);
  });

  it('may be deleted again, and one that never was too', async () => {
    for (const id of [lectureId, lectureId, randomUUID()]) {
      expect(await client.deleteLecture(id)).toEqual({ type: 'deleted', lectureId: id });
    }
  });

  it('does not come back with an answer that was on its way', async () => {
    const before = await allKeys();
    await system.model.change({ answer: 'The moon pulls on the water here. '.repeat(10), tokensPerSecond: 20 });
    let deleted: Promise<unknown> | undefined;
    const asked = client.ask(
      { lectureId, audio: { bytes: speech, extension: 'flac' } },
      { onEvent: ({ type }) => void (type === 'answer' && (deleted ??= client.deleteLecture(lectureId))) },
    );
    await expect(asked).rejects.toMatchObject({ code: 'not_found', message: 'This lecture is no longer there.' });
    await deleted;
    await system.model.change({ tokensPerSecond: 1_000 });
    expect(await system.session(identityId, lectureId)).toBeUndefined();
    expect(await allKeys()).toEqual(before.filter((key) => !key.includes(lectureId)));
  });

  it('is its own: nobody deletes what is not theirs', async () => {
    const theirs = newIdentity();
    const other = await system.addLecture(theirs);
    await client.deleteLecture(other);
    expect((await remove(identityId, other)).status).toBe(204);
    expect(await system.session(theirs, other)).toMatchObject({ status: 'ready' });
    expect(await allKeys()).toContain(transcriptKey(theirs, other));
  });

  it.each([
    ['an id that is none', () => remove(identityId, 'all'), 'lectureId'],
    ['all lectures', () => remove(identityId, '*'), 'lectureId'],
    ['nobody in particular', () => remove('', lectureId), 'identityId'],
  ])('is named: %s is refused', async (_what, ask, param) => {
    const response = await ask();
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_request', param } },
    });
    expect(await system.session(identityId, lectureId)).toMatchObject({ status: 'ready' });
  });

  it('is deleted from the command line, by the guest that it was before, and by nobody else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'delete-'));
    try {
      await new GuestFile(join(folder, 'guests.json')).keep(system.webSocketUrl, identityId);
      const run = async (dataDir: string): Promise<EndedCommand> =>
        await runCommand('delete', [lectureId, '--url', system.webSocketUrl], dataDir);
      const refused = { code: 2, stdout: '', stderr: expect.stringContaining('There is no lecture') };
      expect(await run(join(folder, 'stranger'))).toMatchObject(refused);
      expect(await system.session(identityId, lectureId)).toBeDefined();
      const stderr = 'Deleting the lecture\nDeleted, with its transcript and the conversation about it.\n';
      expect(await run(folder)).toEqual({ code: 0, stdout: '', stderr });
      expect(await system.session(identityId, lectureId)).toBeUndefined();
      expect(await run(folder)).toMatchObject(refused);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('stays where the storage is away, and goes when it is asked for again', async () => {
    await system.stopStorage();
    const response = await remove(identityId, lectureId);
    expect(response.status).toBe(500);
    expect(response.headers.get('x-should-retry')).toBe('true');
    await system.startStorage();
    expect(await system.session(identityId, lectureId)).toMatchObject({ status: 'ready' });
    expect((await remove(identityId, lectureId)).status).toBe(204);
    expect(await system.session(identityId, lectureId)).toBeUndefined();
  });
});
