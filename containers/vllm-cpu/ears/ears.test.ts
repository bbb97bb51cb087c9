import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { encodeWav } from '../../../audio/wav.ts';
import { startChildService, type ChildService } from '../../../cli/child-service.ts';
import { wordErrors, words } from '../../../test/support/word-error-rate.ts';
import { ensureModel } from '../model.ts';
import { readStream, recordings } from '../test-support/scripted-server.ts';
import { decodeClip, SAMPLE_RATE } from './decode-audio.ts';

// The real model: fetched once through npm, then kept where `npm start` keeps it.
const MODEL_DIR = '.synapscribe/models/moonshine-tiny';
const FIXTURES = 'test/fixtures/audio';
const SAID = {
  'austen-0880.flac': 'he was not an ill disposed young man',
  'austen-0890.flac': 'unless to be rather cold hearted and rather selfish is to be ill disposed',
};
/** One word of "ill disposed" is known to be misheard. */
const ALLOWED_ERRORS = 1;

let service: ChildService;
beforeAll(async () => {
  await ensureModel({ dir: MODEL_DIR });
  service = await startChildService({
    name: 'vllm-cpu',
    args: ['--import', 'tsx', 'containers/vllm-cpu/main.ts'],
    env: { ...process.env, PORT: '0', MODEL_DIR },
  });
}, 120_000);
afterAll(() => service.stop());

const ask = (body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`http://127.0.0.1:${service.port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });

async function transcript(bytes: Uint8Array): Promise<string> {
  const response = await ask(recordings(bytes));
  expect(response.status).toBe(200);
  const body = (await response.json()) as { choices: [{ message: { content: string } }] };
  return body.choices[0].message.content;
}

async function voices(): Promise<Float32Array[]> {
  const { signal } = new AbortController();
  return Promise.all(Object.keys(SAID).map(async (name) => decodeClip(await readFile(`${FIXTURES}/${name}`), signal)));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}

describe('real voices', () => {
  it('are understood, clip by clip', async () => {
    let errors = 0;
    for (const [name, said] of Object.entries(SAID)) {
      errors += wordErrors(words(said), words(await transcript(await readFile(`${FIXTURES}/${name}`))));
    }
    expect(errors).toBeLessThanOrEqual(ALLOWED_ERRORS);
  });

  it('are understood with silence between them', async () => {
    const [first, second] = await voices();
    const pause = new Float32Array(1.5 * SAMPLE_RATE);
    const recording = joined([pause, first ?? pause, pause, second ?? pause, pause]);
    const heard = await transcript(encodeWav(recording, SAMPLE_RATE));
    const said = words(Object.values(SAID).join(' '));
    expect(wordErrors(said, words(heard))).toBeLessThanOrEqual(ALLOWED_ERRORS);
  });
});

describe('what is no speech', () => {
  it.each([
    ['silence', () => 0],
    ['faint noise', () => (Math.random() - 0.5) * 0.002],
    ['a pure tone', (i: number) => 0.3 * Math.sin((2 * Math.PI * 440 * i) / SAMPLE_RATE)],
  ])('gives an empty transcript: %s', async (_what, sample) => {
    const samples = Float32Array.from({ length: 3 * SAMPLE_RATE }, (_, i) => sample(i));
    expect(await transcript(encodeWav(samples, SAMPLE_RATE))).toBe('');
  });
});

describe('a busy model', () => {
  it('still answers about its health, and forgets a client that leaves', async () => {
    const clips = await voices();
    const long = encodeWav(joined(Array.from({ length: 20 }, () => joined(clips))), SAMPLE_RATE);
    const leaving = new AbortController();
    const working = ask({ ...recordings(long), stream: true }, leaving.signal);
    const response = await working;
    const first = await response.body?.getReader().read();
    expect(first?.done).toBe(false);
    const health = await fetch(`http://127.0.0.1:${service.port}/health`);
    expect(health.status).toBe(200);
    leaving.abort();
    // What is left of the long one would take seconds more; only one window of it may still be in the way.
    const { chunks } = await readStream(
      await ask({ ...recordings(encodeWav(clips[0] ?? new Float32Array(), SAMPLE_RATE)), stream: true }),
    );
    expect(chunks.length).toBeGreaterThan(3);
    const metrics = await (await fetch(`http://127.0.0.1:${service.port}/metrics`)).text();
    expect(metrics).toMatch(/vllm:request_success_total\{finished_reason="abort"[^}]*\} 1/);
    expect(metrics).toMatch(/vllm:num_requests_running\{[^}]*\} 0/);
  });
});
