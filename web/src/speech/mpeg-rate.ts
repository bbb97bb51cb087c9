/** The sample rate that an MP3 was made with, from its first frame: what a browser decodes has the rate of its own device. */

const RATES = [44_100, 48_000, 32_000];
/** By the two bits of the version: 2.5, reserved, 2, 1. */
const DIVISORS = [4, undefined, 2, 1];
/** An ID3 tag may stand before it. */
const MAX_SEARCH_BYTES = 8_192;

/** @returns Hz; 24,000, what SynapScribe's own voice has, where no frame is found. @see http://mpgedit.org/mpgedit/mpeg_format/mpeghdr.htm */
export function mpegSampleRate(bytes: Uint8Array): number {
  for (let i = 0; i + 2 < Math.min(bytes.length, MAX_SEARCH_BYTES); i++) {
    const [sync = 0, version = 0, rates = 0] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    if (sync !== 0xff || (version & 0xe6) !== 0xe2 || rates >> 4 === 0xf) continue;
    const divisor = DIVISORS[(version >> 3) & 3];
    const rate = RATES[(rates >> 2) & 3];
    if (divisor !== undefined && rate !== undefined) return rate / divisor;
  }
  return 24_000;
}
