/** An answer's audio as samples, whatever the engine gave. */
import type { AudioData } from 'audio-decode';
import { Codec } from '../audio/decode-codec.ts';
import { Resampler } from '../audio/resample.ts';
import { SAMPLE_RATE, type AudioChunk } from './engine.ts';

/**
 * Samples at `SAMPLE_RATE`; MP3 is decoded chunk by chunk.
 * @throws CodecError
 */
export async function* toSamples(audio: AsyncIterable<AudioChunk>): AsyncGenerator<Float32Array> {
  let codec: Codec | undefined;
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
      codec ??= await Codec.open('mp3');
      yield convert(await codec.decode(chunk.bytes));
    }
    if (codec !== undefined) yield convert(await codec.end());
    if (resampler !== undefined) yield resampler.flush();
  } finally {
    codec?.free();
  }
}
