/** The sample rate that an MP3 was made with, from its first frame: what a browser decodes has the rate of its own device. */
import { parseMp3Frame } from '../../../audio/mpeg-frame.ts';

/** An ID3 tag may stand before it. */
const MAX_SEARCH_BYTES = 8_192;

/** @returns Hz; 24,000, what SynapScribe's own voice has, where no frame is found */
export function mpegSampleRate(bytes: Uint8Array): number {
  for (let i = 0; i < Math.min(bytes.length, MAX_SEARCH_BYTES); i++) {
    const frame = parseMp3Frame(bytes, i);
    if (frame !== undefined) return frame.sampleRate;
  }
  return 24_000;
}
