/** Faster or slower speech at the same pitch, by Sonic, which was made for speech. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import createSonic, { type SonicModule } from '@echogarden/sonic-wasm';
import { toSamples } from './decode.ts';
import { SAMPLE_RATE, type AudioChunk } from './engine.ts';

const BYTES_A_SAMPLE = 4;
const READ_SAMPLES = 4096;

let loading: Promise<SonicModule> | undefined;

/** `audio` at `speed` (0.25 … 4) times its pace; untouched where that is 1. */
export function changeSpeed(audio: AsyncIterable<AudioChunk>, speed: number): AsyncIterable<AudioChunk> {
  return speed === 1 ? audio : stretch(audio, speed);
}

async function* stretch(audio: AsyncIterable<AudioChunk>, speed: number): AsyncGenerator<AudioChunk> {
  const sonic = await (loading ??= loadSonic());
  const stream = sonic._sonicCreateStream(SAMPLE_RATE, 1);
  try {
    sonic._sonicSetSpeed(stream, speed);
    for await (const samples of toSamples(audio)) {
      write(sonic, stream, samples);
      yield* read(sonic, stream);
    }
    sonic._sonicFlushStream(stream);
    yield* read(sonic, stream);
  } finally {
    sonic._sonicDestroyStream(stream);
  }
}

function write(sonic: SonicModule, stream: number, samples: Float32Array): void {
  const buffer = sonic._malloc(samples.length * BYTES_A_SAMPLE);
  sonic.HEAPF32.set(samples, buffer / BYTES_A_SAMPLE);
  sonic._sonicWriteFloatToStream(stream, buffer, samples.length);
  sonic._free(buffer);
}

function* read(sonic: SonicModule, stream: number): Generator<AudioChunk> {
  const buffer = sonic._malloc(READ_SAMPLES * BYTES_A_SAMPLE);
  try {
    for (;;) {
      const count = sonic._sonicReadFloatFromStream(stream, buffer, READ_SAMPLES);
      if (count <= 0) return;
      const start = buffer / BYTES_A_SAMPLE;
      yield { encoding: 'pcm', samples: sonic.HEAPF32.slice(start, start + count) };
    }
  } finally {
    sonic._free(buffer);
  }
}

async function loadSonic(): Promise<SonicModule> {
  const path = createRequire(import.meta.url).resolve('@echogarden/sonic-wasm/sonic.wasm');
  return createSonic({ wasmBinary: await readFile(path) });
}
