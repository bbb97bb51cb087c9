import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../service-kit/logger.ts';
import { SAMPLE_RATE } from '../engine.ts';
import { FLITE_VOICES, type FliteVoice } from './flite.ts';
import { FlitePool } from './pool.ts';

const log = createLogger('test', 'silent');
const TEXT = 'The tide comes in at noon.';

/** `(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))` */
const ENDLESS = Buffer.from(
  '0061736d01000000010401600000030201000503010001071302066d656d6f72790200065f737461727400000a0901070003400c000b0b',
  'hex',
);

describe('FlitePool', () => {
  let pool: FlitePool;
  beforeAll(async () => {
    pool = await FlitePool.start({ size: 1, log });
  });
  afterAll(() => pool.stop());

  const speak = (voice: FliteVoice, stretch = 1): Promise<Float32Array> => pool.speak({ text: TEXT, voice, stretch });

  it.each(FLITE_VOICES)('speaks with the voice %s, without silence before', async (voice) => {
    const samples = await speak(voice);
    const seconds = samples.length / SAMPLE_RATE;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(3);
    expect(samples.slice(0, SAMPLE_RATE / 20).some((sample) => Math.abs(sample) > 0.005)).toBe(true);
    expect(Math.max(...samples)).toBeGreaterThan(0.1);
  });

  it('says the same text with the same samples', async () => {
    expect(await speak('slt')).toEqual(await speak('slt'));
  });

  it.each([0.25, 4])('stretches what it says by %d', async (stretch) => {
    const ratio = (await speak('rms', stretch)).length / (await speak('rms')).length;
    expect(ratio).toBeGreaterThan(stretch * 0.8);
    expect(ratio).toBeLessThan(stretch * 1.2);
  });

  it('takes a job out of the line when nobody wants it any more', async () => {
    const aborter = new AbortController();
    const running = speak('slt');
    const waiting = pool.speak({ text: TEXT, voice: 'slt', stretch: 1 }, aborter.signal);
    aborter.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    expect((await running).length).toBeGreaterThan(0);
    await expect(pool.speak({ text: TEXT, voice: 'slt', stretch: 1 }, aborter.signal)).rejects.toThrow('left');
  });
});

describe('a pool that cannot work', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flite-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const startWith = async (name: string, bytes: Buffer, jobTimeoutMs = 10_000): Promise<FlitePool> => {
    const wasmPath = join(folder, name);
    await writeFile(wasmPath, bytes);
    return FlitePool.start({ size: 1, wasmPath, jobTimeoutMs, log });
  };

  it('says that its file is missing', async () => {
    const wasmPath = join(folder, 'nowhere.wasm');
    await expect(FlitePool.start({ size: 1, wasmPath, log })).rejects.toThrow(/cannot be loaded.*nowhere\.wasm/);
  });

  it('says that its file is no WebAssembly', async () => {
    await expect(startWith('text.wasm', Buffer.from('hello'))).rejects.toThrow('cannot be loaded');
  });

  it('ends a thread that never comes back', async () => {
    await expect(startWith('endless.wasm', ENDLESS, 300)).rejects.toThrow('broke off');
  });

  it('refuses work after it was stopped', async () => {
    const pool = await FlitePool.start({ size: 1, log });
    await pool.stop();
    expect(pool.isAlive).toBe(false);
    await expect(pool.speak({ text: TEXT, voice: 'slt', stretch: 1 })).rejects.toThrow('stopped');
  });
});
