/** Whether there is a sound in an answer of the speech service, as far as its format can be read without a decoder. */
import { parseMp3Frame } from '../../audio/mpeg-frame.ts';

/** The shortest word, at its own pace, in 16-bit samples at 24 kHz: a fifth of a second. */
const MIN_PCM_BYTES = 9600;
/** Of 24 ms each. */
const MIN_MP3_FRAMES = 8;
/** Of a compressed format that is not looked into: more than its headers. */
const MIN_BYTES = 600;
const WAV_HEADER_BYTES = 44;
const HEARD = 300;

export interface HeardAnswer {
  format: string;
  /** 1 is the voice's own. */
  speed: number;
  isSse: boolean;
}

export function hearsSomething(body: Buffer, { format, speed, isSse }: HeardAnswer): boolean {
  const audio = isSse ? audioOfEvents(body.toString('utf8')) : body;
  if (audio === undefined) return false;
  if (format === 'mp3') return countFrames(audio) >= MIN_MP3_FRAMES / speed;
  if (format === 'pcm') return hearsSamples(audio, speed);
  if (format === 'wav') return hearsSamples(audio.subarray(WAV_HEADER_BYTES), speed);
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

function hearsSamples(pcm: Buffer, speed: number): boolean {
  if (pcm.length < MIN_PCM_BYTES / speed) return false;
  for (let at = 0; at + 1 < pcm.length; at += 2) if (Math.abs(pcm.readInt16LE(at)) > HEARD) return true;
  return false;
}
