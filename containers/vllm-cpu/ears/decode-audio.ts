/** Any recording as the model hears it: 16 kHz, mono, 300 s at most. */
import decode from 'audio-decode';

export const SAMPLE_RATE = 16_000;
/** Longer ones lose their end without a word, as in vLLM with Qwen2.5-Omni. */
export const MAX_SECONDS = 300;

/** @throws Error where the bytes are no recording */
export async function decodeAudio(bytes: Buffer): Promise<Float32Array> {
  const { channelData, sampleRate } = await decode(bytes);
  const [first] = channelData;
  if (first === undefined || first.length === 0 || sampleRate <= 0) throw new Error('The recording is empty.');
  const limit = Math.ceil(MAX_SECONDS * sampleRate);
  const mono = mixDown(channelData.map((channel) => channel.subarray(0, limit)));
  return resample(mono, sampleRate, SAMPLE_RATE).subarray(0, MAX_SECONDS * SAMPLE_RATE);
}

function mixDown(channels: readonly Float32Array[]): Float32Array {
  const [first] = channels;
  if (first === undefined || channels.length === 1) return first ?? new Float32Array();
  const mono = new Float32Array(first.length);
  for (const channel of channels) for (let i = 0; i < mono.length; i++) mono[i] = (mono[i] ?? 0) + (channel[i] ?? 0);
  return mono.map((sample) => sample / channels.length);
}

/** Windowed sinc, 16 zero crossings a side: what is above the new Nyquist frequency is taken out. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const ratio = to / from;
  const cutoff = Math.min(1, ratio) * 0.95;
  const reach = Math.ceil(16 / cutoff);
  const result = new Float32Array(Math.floor(samples.length * ratio));
  for (let i = 0; i < result.length; i++) {
    const center = i / ratio;
    const start = Math.max(0, Math.ceil(center - reach));
    const end = Math.min(samples.length - 1, Math.floor(center + reach));
    let sum = 0;
    let weight = 0;
    for (let j = start; j <= end; j++) {
      const distance = center - j;
      const x = Math.PI * distance * cutoff;
      const kernel = (x === 0 ? 1 : Math.sin(x) / x) * (0.5 + 0.5 * Math.cos((Math.PI * distance) / reach));
      sum += (samples[j] ?? 0) * kernel;
      weight += kernel;
    }
    result[i] = weight === 0 ? 0 : sum / weight;
  }
  return result;
}
