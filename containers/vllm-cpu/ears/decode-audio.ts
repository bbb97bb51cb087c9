/** Any recording as the model hears it: 16 kHz, mono, 300 s at most. */
import { decodeAudio, SAMPLE_RATE } from '../../../audio/decode.ts';

export { SAMPLE_RATE };
/** Longer ones lose their end without a word, as in vLLM with Qwen2.5-Omni. */
export const MAX_SECONDS = 300;

/**
 * @throws SynapscribeError where the bytes are no recording; the signal's reason when it is aborted
 */
export async function decodeClip(bytes: Uint8Array, signal: AbortSignal): Promise<Float32Array> {
  const limit = MAX_SECONDS * SAMPLE_RATE;
  const blocks: Float32Array[] = [];
  let length = 0;
  for await (const block of decodeAudio(once(bytes), { maxSeconds: Infinity, signal })) {
    const kept = block.subarray(0, limit - length);
    blocks.push(kept);
    length += kept.length;
    if (length >= limit) break;
  }
  const samples = new Float32Array(length);
  let filled = 0;
  for (const block of blocks) {
    samples.set(block, filled);
    filled += block.length;
  }
  return samples;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a source that has it all already
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
