import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDataDir, IDENTITY_POOL_ID, startTestAws, type TestAws } from './test-support/local-aws.ts';

let folder: string;
let aws: TestAws;

beforeAll(async () => {
  folder = await createDataDir();
  aws = await startTestAws({ settings: { WEB_DIR: join(folder, 'web') } });
});

afterAll(async () => {
  await aws.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the page’s port', () => {
  it('tells a client all that it needs to connect', async () => {
    const response = await fetch(`${aws.pageUrl}/settings.json`);
    expect(await response.json()).toEqual({
      region: 'us-east-1',
      identityPoolId: IDENTITY_POOL_ID,
      webSocketUrl: `ws://127.0.0.1:${aws.port}/Prod`,
      audioBucket: 'synapscribe-audio-local',
      sessionsTable: 'SynapScribe-Sessions',
      awsEndpointUrl: aws.awsUrl,
    });
  });

  it('tells the public addresses where there are some', async () => {
    const settings = { PUBLIC_AWS_URL: 'http://127.0.0.1:14566/', PUBLIC_WS_URL: 'ws://127.0.0.1:18080/Prod' };
    const other = await startTestAws({ settings });
    const response = await fetch(`${other.pageUrl}/settings.json`);
    await other.stop();
    expect(await response.json()).toMatchObject({
      awsEndpointUrl: 'http://127.0.0.1:14566',
      webSocketUrl: 'ws://127.0.0.1:18080/Prod',
    });
  });

  it('is healthy, and so is the AWS port', async () => {
    for (const url of [aws.pageUrl, aws.awsUrl]) expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('shows how to ask until there is a page, and then the page', async () => {
    const note = await fetch(aws.pageUrl);
    expect(note.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(await note.text()).toContain('npm run ask');
    await mkdir(join(folder, 'web'));
    await writeFile(join(folder, 'web', 'index.html'), '<p>the page</p>');
    expect(await (await fetch(aws.pageUrl)).text()).toBe('<p>the page</p>');
  });

  it('is kept by a browser as far as its names tell its content', async () => {
    await mkdir(join(folder, 'web', 'assets'), { recursive: true });
    await writeFile(join(folder, 'web', 'assets', 'index-1.js'), '');
    await writeFile(join(folder, 'web', 'icon.svg'), '');
    const cacheOf = async (path: string) => (await fetch(`${aws.pageUrl}/${path}`)).headers.get('cache-control');
    expect(await cacheOf('assets/index-1.js')).toBe('public, max-age=31536000, immutable');
    expect(await cacheOf('icon.svg')).toBe('no-cache');
    expect(await cacheOf('settings.json')).toBe('no-store');
    expect((await fetch(`${aws.pageUrl}/assets/none.js`)).status).toBe(404);
  });

  it('lets the page use this machine’s services and its own files, and nothing else', async () => {
    const policy = (await fetch(aws.pageUrl)).headers.get('content-security-policy') ?? '';
    const { port, awsUrl } = aws;
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([`connect-src 'self' ws://127.0.0.1:${port} ${awsUrl}`, `media-src 'self' ${awsUrl}`]),
    );
    expect(policy).not.toMatch(/unsafe-|data:|blob:|\*/);
  });

  it('says that there is nothing elsewhere', async () => {
    const response = await fetch(`${aws.pageUrl}/..%2f..%2fpackage.json`);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect((await fetch(`${aws.pageUrl}/none`)).status).toBe(404);
  });
});

describe('a port in use', () => {
  it('is told in a sentence, and leaves nothing running', async () => {
    await expect(startTestAws({ settings: { PORT: aws.port } })).rejects.toThrow(`Port ${aws.port} is already in use.`);
  });
});
