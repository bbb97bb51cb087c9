/**
 * The compose project as `docker compose up --wait` starts it from built images, without any data: how long until all is
 * healthy, the memory it takes idle and after a question, what the images add to their base. To beat, on two cores: 20 s;
 * 900 MB in all; 60 MB for agentcore and 100 MB for gtts-proxy.
 */
import '../cli/quiet-aws-sdk.ts';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SynapscribeClient } from '../cli/client.ts';
import { freePorts } from '../cli/free-ports.ts';

const BASE_IMAGE = 'node:24-trixie-slim';
const SERVICES = ['agentcore', 'gtts-proxy', 'vllm-cpu', 'local-aws'] as const;
const SETTLE_MS = 10_000;
const UNITS: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

type PerService = Record<(typeof SERVICES)[number], number>;

const sample = (name: string): string => fileURLToPath(new URL(`../samples/${name}`, import.meta.url));
const execute = promisify(execFile);
const project = `synapscribe-bench-${process.pid}`;
const [page = 0, aws = 0, agentcore = 0] = await freePorts(3);
const env = {
  ...process.env,
  SYNAPSCRIBE_PORT: String(page),
  SYNAPSCRIBE_AWS_PORT: String(aws),
  AGENTCORE_PORT: String(agentcore),
};

try {
  await compose('build', '--quiet');
  const upAt = performance.now();
  await compose('up', '--wait', '--no-build');
  const upSeconds = round((performance.now() - upAt) / 1000);
  await sleep(SETTLE_MS);
  const idleMb = await memory();
  const firstAnswer = await ask();
  await sleep(SETTLE_MS);
  const afterQuestionMb = await memory();
  console.log(
    JSON.stringify({
      upSeconds,
      idleMb,
      idleTotalMb: total(idleMb),
      afterQuestionMb,
      afterQuestionTotalMb: total(afterQuestionMb),
      imageMbAboveBase: await imageSizes(),
      firstAnswer,
    }),
  );
} finally {
  await compose('down', '--volumes', '--timeout', '5');
}

async function compose(...args: string[]): Promise<void> {
  await docker('compose', '--project-name', project, '--profile', 'cpu', ...args);
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await execute('docker', args, { cwd: fileURLToPath(new URL('..', import.meta.url)), env });
  return stdout.trim();
}

/** Megabytes by service, without what the kernel only keeps cached: as `docker stats` counts. */
async function memory(): Promise<PerService> {
  return await perService(async (service) => {
    const usage = await docker('stats', '--no-stream', '--format', '{{.MemUsage}}', `${project}-${service}-1`);
    const [, amount = 'NaN', unit = ''] = /^([\d.]+)([A-Za-z]+) /.exec(usage) ?? [];
    return round((Number(amount) * (UNITS[unit] ?? Number.NaN)) / 1e6);
  });
}

/** Megabytes by service. */
async function imageSizes(): Promise<PerService> {
  const size = async (image: string): Promise<number> =>
    Number(await docker('image', 'inspect', '--format', '{{.Size}}', image));
  const base = await size(BASE_IMAGE);
  return await perService(async (service) => {
    const image = await docker('inspect', '--format', '{{.Image}}', `${project}-${service}-1`);
    return round(((await size(image)) - base) / 1e6);
  });
}

/** The sample lecture and a spoken question, through the WebSocket. */
async function ask(): Promise<{ question: string; answer: string; audioBytes: number; firstAudioMs: number | null }> {
  const client = await SynapscribeClient.create(`ws://127.0.0.1:${page}/Prod`);
  try {
    const lectureId = await client.uploadLecture(sample('honey-lecture.mp3'), {
      title: 'Honey',
      filename: 'honey-lecture.mp3',
      contentType: 'audio/mpeg',
    });
    await client.waitUntilReady(lectureId);
    const bytes = await readFile(sample('question-1.wav'));
    const { question, answer, audio, done } = await client.ask({ lectureId, audio: { bytes, extension: 'wav' } });
    return { question, answer, audioBytes: audio?.bytes.length ?? 0, firstAudioMs: done.timings.firstAudioMs };
  } finally {
    await client.close();
  }
}

async function perService(measure: (service: keyof PerService) => Promise<number>): Promise<PerService> {
  const entries = await Promise.all(SERVICES.map(async (name) => [name, await measure(name)] as const));
  return Object.fromEntries(entries) as PerService;
}

function total(values: PerService): number {
  return round(Object.values(values).reduce((sum, value) => sum + value, 0));
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
