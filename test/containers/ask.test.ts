/** The images as they are, with the real engines: a spoken question from outside, and what the containers may and use. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startRecognizer, type RecognizerProcess } from '../support/recognizer-process.ts';
import { transcribe } from '../support/transcribe.ts';
import { wordErrorRate } from '../support/word-error-rate.ts';
import { BASE_IMAGE, ComposeProject, ROOT, type Container } from './support/compose-project.ts';
import { run } from './support/run.ts';
import { Student } from './support/student.ts';

const MINUTES = 60_000;
const MB = 1_000_000;
const SERVICES = ['agentcore', 'gtts-proxy', 'vllm-cpu', 'local-aws'] as const;

const resultSchema = z.object({
  question: z.string(),
  answer: z.string(),
  citations: z.array(z.object({ start: z.number(), end: z.number(), text: z.string() })),
  audio: z.object({ path: z.string(), seconds: z.number() }),
});
const imageSchema = z.tuple([
  z.object({
    Size: z.number(),
    Config: z.object({
      User: z.string(),
      Env: z.array(z.string()),
      Labels: z.record(z.string(), z.string()).nullable(),
    }),
  }),
]);

let project: ComposeProject;
let recognizer: RecognizerProcess;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synapscribe-containers-'));
  recognizer = await startRecognizer();
  project = await ComposeProject.start();
}, 10 * MINUTES);
afterAll(async () => {
  await project.down();
  await recognizer.stop();
  await rm(folder, { recursive: true, force: true });
}, 2 * MINUTES);

async function inspectImage(name: string): Promise<z.infer<typeof imageSchema>[0]> {
  return imageSchema.parse(JSON.parse(await run('docker', ['image', 'inspect', name])))[0];
}

async function ask(): Promise<z.infer<typeof resultSchema>> {
  const out = join(folder, 'answer.mp3');
  const files = ['samples/honey-lecture.mp3', 'samples/question-1.wav'].map((file) => join(ROOT, file));
  const options = ['--url', project.webSocketUrl, '--out', out, '--json'];
  const args = ['run', '--silent', '--prefix', ROOT, 'ask', '--', ...files, ...options];
  const printed = await run('npm', args, { DATA_DIR: folder });
  return resultSchema.parse(JSON.parse(printed));
}

describe('npm run ask', () => {
  it(
    'asks by voice from outside, and hears the answer with its place in the recording',
    async () => {
      const { question, answer, citations, audio } = await ask();
      expect(question).toMatch(/how many flowers/i);
      expect(answer).toMatch(/(one|a|100) ?(hundred)? flowers/i);
      expect(citations.some(({ text }) => text.includes('flowers'))).toBe(true);
      const heard = await transcribe(recognizer.baseUrl, await readFile(audio.path));
      expect(wordErrorRate(answer, heard)).toBeLessThan(0.35);
    },
    3 * MINUTES,
  );

  it(
    'works after down and up: the data is on a volume',
    async () => {
      const student = await Student.arrive(project.webSocketUrl);
      const before = await student.ask();
      await project.compose('down');
      await project.compose('up', '--detach', '--wait');
      expect((await student.turns()).map(({ queryId }) => queryId)).toEqual([before.queryId]);
      expect((await student.ask()).done.turn).toBe(2);
      await student.leave();
    },
    3 * MINUTES,
  );
});

describe('the page', () => {
  it('is in the image of local-aws, with all that it names', async () => {
    const origin = project.webSocketUrl.replace(/^ws/, 'http').replace(/\/Prod$/, '');
    const page = await (await fetch(origin)).text();
    const files = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) expect((await fetch(`${origin}/${file}`)).status).toBe(200);
  });
});

describe('the way out', () => {
  /** Of a container, by the kernel's own table: addresses there are hexadecimal, their bytes in reverse. */
  async function gatewaysOf(container: Container): Promise<string[]> {
    const { output } = await project.exec(container, 'cat', '/proc/net/route');
    const defaults = [...output.matchAll(/^\S+\t0{8}\t([0-9A-F]{8})\t/gm)].map(([, gateway = '']) => gateway);
    return defaults.map((gateway) => [...Buffer.from(gateway, 'hex').reverse()].join('.'));
  }

  // A host's firewall knows containers by the bridges that they go out by (compose/host.yaml).
  it.each([
    ['agentcore', 'default'],
    ['gtts-proxy', 'voice'],
    ['local-aws', 'default'],
  ])('of %s is the network %s', async (service, network) => {
    const container = await project.container(service);
    const { NetworkSettings } = await container.inspect();
    const gateway = NetworkSettings.Networks[`${project.name}_${network}`]?.Gateway;
    expect(await gatewaysOf(container)).toEqual([gateway]);
  });

  it('of the model is none', async () => {
    expect(await gatewaysOf(await project.container('vllm-cpu'))).toEqual([]);
  });
});

describe('idle', () => {
  it('uses under 900 MB in all', async () => {
    const used = await Promise.all(
      SERVICES.map(async (service) => await project.memoryOf(await project.container(service))),
    );
    const inAll = used.reduce((sum, bytes) => sum + bytes, 0);
    // A counter that does not count would pass too.
    for (const bytes of used) expect(bytes).toBeGreaterThan(20 * MB);
    expect(inAll).toBeLessThan(900 * MB);
  });
});

describe.each(SERVICES)('%s', (service) => {
  it('runs as node, writes nowhere but where it must, and has nothing of a build', async () => {
    const container = await project.container(service);
    const look = async (command: string): Promise<string> =>
      (await project.exec(container, 'bash', '-c', `${command} 2>&1`)).output.trim();
    expect(await look('id -un')).toBe('node');
    for (const place of ['/', '/app', '/home/node', '/usr/local/bin']) {
      expect(await look(`touch ${place}/x`)).toMatch(/Read-only file system|Permission denied/);
    }
    expect(await look('touch /tmp/x && echo yes')).toBe('yes');
    // Neither may look at the other's files: no container has the right to go past them.
    const left = `${await project.execAsRoot(container, 'find', '/root', '-type', 'f')}\n${await look('find /home -type f')}`;
    // The shells' own start files are Debian's.
    expect(left.split('\n').filter((path) => path !== '' && !/\/\.(bash|profile)[^/]*$/.test(path))).toEqual([]);
    expect(await look('ls -d /src /out')).not.toMatch(/^\//m);
    expect(await look('grep CapEff /proc/1/status')).toMatch(/\b0{16}$/);
    expect(await look('grep NoNewPrivs /proc/1/status')).toMatch(/\b1$/);
  });

  it('is an image with labels and without secrets', async () => {
    const { Config } = await inspectImage(project.imageOf(service));
    expect(Config.User).toBe('node');
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.title': expect.stringMatching(/\S/),
      'org.opencontainers.image.description': expect.stringMatching(/\S/),
      // The voice's holds eSpeak NG, too.
      'org.opencontainers.image.licenses': service === 'gtts-proxy' ? 'MIT AND GPL-3.0-or-later' : 'MIT',
    });
    expect(Config.Env.filter((setting) => /KEY|SECRET|TOKEN|PASSWORD/i.test(setting))).toEqual([]);
  });
});

it('the voice speaks German without a network, and keeps what it has said', async () => {
  const container = await project.container('gtts-proxy');
  const script = `
    const body = JSON.stringify({ model: 'tts-1', voice: 'espeak-de', input: 'Guten Morgen.' });
    const ask = async () => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch('http://127.0.0.1:8001/v1/audio/speech', { method: 'POST', headers, body });
      const { byteLength } = await answer.arrayBuffer();
      return [answer.status, answer.headers.get('x-speech-engine'), answer.headers.get('x-speech-cache'), byteLength > 3000].join(' ');
    };
    const first = await ask();
    let again = first;
    while (again === first || again.includes('joined')) again = await ask();
    console.log(first + ', ' + again);`;
  const { output } = await project.exec(container, 'node', '--input-type=module', '--eval', script);
  expect(output.trim()).toBe('200 espeak miss true, 200 espeak hit true');
});

it.each([
  ['agentcore', 60],
  ['gtts-proxy', 100],
])('the image of %s adds at most %s MB to its base', async (service, most) => {
  const [base, image] = await Promise.all([inspectImage(BASE_IMAGE), inspectImage(project.imageOf(service))]);
  expect(image.Size - base.Size).toBeGreaterThan(MB);
  expect(image.Size - base.Size).toBeLessThanOrEqual(most * MB);
});
