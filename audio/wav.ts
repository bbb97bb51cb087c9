/** RIFF WAVE, 16-bit PCM, as Node's buffers. */
import { floatToPcm16, wavHeaderBytes } from './pcm16-wav.ts';

export { floatToPcm16 } from './pcm16-wav.ts';

/** The 44 bytes before mono 16-bit samples. `dataBytes` is 0xFFFFFFFF for a stream whose length is not known. */
export const wavHeader = (sampleRate: number, dataBytes: number): Buffer =>
  Buffer.from(wavHeaderBytes(sampleRate, dataBytes).buffer);

/** Mono samples in [-1, 1] as a whole WAV file. */
export function encodeWav(samples: Float32Array, sampleRate: number): Buffer {
  const pcm = floatToPcm16(samples);
  const body = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return Buffer.concat([wavHeader(sampleRate, body.length), body]);
}
