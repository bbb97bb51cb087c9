/** An answer's audio as samples, whatever the engine gave. */
import decode, { type AudioData, type StreamDecoder } from 'audio-decode';
import { SAMPLE_RATE, type AudioChunk } from './engine.ts';
import { resample } from './resample.ts';

/** Samples at `SAMPLE_RATE`; MP3 is decoded chunk by chunk. */
export async function* toSamples(audio: AsyncIterable<AudioChunk>): AsyncGenerator<Float32Array> {
  let decoder: StreamDecoder | undefined;
  try {
    for await (const chunk of audio) {
      if (chunk.encoding === 'pcm') {
        yield chunk.samples;
        continue;
      }
      decoder ??= await decode.mp3();
      yield* monoSamples(await decoder(chunk.bytes));
    }
    if (decoder !== undefined) yield* monoSamples(await decoder.flush());
  } finally {
    decoder?.free();
  }
}

function* monoSamples({ channelData, sampleRate }: AudioData): Generator<Float32Array> {
  const [samples] = channelData;
  if (samples !== undefined && samples.length > 0) yield resample(samples, sampleRate, SAMPLE_RATE);
}
