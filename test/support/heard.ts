/** Whether there is a sound in an answer of the speech service, as far as its format can be read without a decoder. */
import { parseMp3Frame } from '../../audio/mpeg-frame.ts';

/** A fifth of a second of 16-bit samples at 24 kHz. */
const MIN_PCM_BYTES = 9600;
const MIN_MP3_FRAMES = 8;
/** Of a compressed format that is not looked into: more than its headers. */
const MIN_BYTES = 600;
const WAV_HEADER_BYTES = 44;
const HEARD = 300;

export function hearsSomething(body: Buffer, format: string, isSse: boolean): boolean {
  const audio = isSse ? audioOfEvents(body.toString('utf8')) : body;
  if (audio === undefined) return false;
  if (format === 'mp3') return countFrames(audio) >= MIN_MP3_FRAMES;
  if (format === 'pcm') return hearsSamples(audio);
  if (format === 'wav') return hearsSamples(audio.subarray(WAV_HEADER_BYTES));
  return audio.length >= MIN_BYTES;
}

/** Undefined where the events break off. */
function audioOfEvents(text: string): Buffer | undefined {
  const parts = [...text.matchAll(/"type":"speech\.audio\.delta","audio":"([^"]*)"/g)];
  if (!text.includes('"type":"speech.audio.done"')) return undefined;
  return Buffer.concat(parts.map(([, base64 = '']) => Buffer.from(base64, 'base64')));
}

function countFrames(mp3: Buffer): number {
  let frames = 0;
  for (let at = 0; ; frames++) {
    const frame = parseMp3Frame(mp3, at);
    if (frame === undefined) return frames;
    at += frame.bytes;
  }
}

function hearsSamples(pcm: Buffer): boolean {
  if (pcm.length < MIN_PCM_BYTES) return false;
  for (let at = 0; at + 1 < pcm.length; at += 2) if (Math.abs(pcm.readInt16LE(at)) > HEARD) return true;
  return false;
}
