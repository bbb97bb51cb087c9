/** An answer's audio as samples, whatever the engine gave. */
import decode, { type AudioData, type StreamDecoder } from 'audio-decode';
import { Resampler } from '../audio/resample.ts';
import { SAMPLE_RATE, type AudioChunk } from './engine.ts';

/** Samples at `SAMPLE_RATE`; MP3 is decoded chunk by chunk. */
export async function* toSamples(audio: AsyncIterable<AudioChunk>): AsyncGenerator<Float32Array> {
  let decoder: StreamDecoder | undefined;
  let resampler: Resampler | undefined;
  const convert = ({ channelData, sampleRate }: AudioData): Float32Array => {
    const [samples] = channelData;
    if (samples === undefined || samples.length === 0) return new Float32Array();
    resampler ??= new Resampler(sampleRate, SAMPLE_RATE);
    return resampler.process(samples);
  };
  try {
    for await (const chunk of audio) {
      if (chunk.encoding === 'pcm') {
        yield chunk.samples;
        continue;
      }
      decoder ??= await decode.mp3();
      yield convert(await decoder(chunk.bytes));
    }
    if (decoder !== undefined) yield convert(await decoder.flush());
    if (resampler !== undefined) yield resampler.flush();
  } finally {
    decoder?.free();
  }
}
