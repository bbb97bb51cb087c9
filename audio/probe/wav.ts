/** RIFF WAVE. Source: Microsoft's "Multiple Channel Audio Data and WAVE Files"; http://soundfile.sapp.org/doc/WaveFormat/ */
import { damaged, unknownCodec, type AudioProperties } from './audio-properties.ts';
import type { RangeReader } from './range-reader.ts';

const MAX_CHUNKS = 1_000;
const EXTENSIBLE = 0xfffe;

const CODECS: ReadonlyMap<number, string> = new Map([
  [1, 'pcm'],
  [2, 'adpcm'],
  [3, 'pcm-float'],
  [6, 'pcm-alaw'],
  [7, 'pcm-mulaw'],
  [0x11, 'adpcm'],
]);

interface Format {
  codec: string;
  channels: number;
  sampleRate: number;
  /** Bytes of one block, and the samples a channel in it. */
  blockBytes: number;
  blockSamples: number;
}

export async function probeWav(reader: RangeReader): Promise<AudioProperties> {
  let format: Format | undefined;
  let position = 12;
  for (let chunks = 0; chunks < MAX_CHUNKS; chunks++) {
    const header = await reader.read(position, 8);
    if (header.length < 8) break;
    const id = header.toString('latin1', 0, 4);
    const declared = header.readUInt32LE(4);
    position += 8;
    if (id === 'fmt ') format = parseFormat(await reader.read(position, Math.min(declared, 40)));
    if (id === 'data' && format !== undefined) {
      // A recorder that was switched off, or that streams, never came back to write the length.
      const known = declared !== 0 && declared !== 0xffffffff;
      const bytes = Math.min(known ? declared : Infinity, reader.size - position);
      const { codec, channels, sampleRate, blockBytes, blockSamples } = format;
      const durationSeconds = (Math.floor(bytes / blockBytes) * blockSamples) / sampleRate;
      return { container: 'wav', codec, channels, sampleRate, durationSeconds };
    }
    position += declared + (declared % 2);
  }
  throw damaged();
}

function parseFormat(bytes: Buffer): Format {
  if (bytes.length < 16) throw damaged();
  let tag = bytes.readUInt16LE(0);
  if (tag === EXTENSIBLE) tag = bytes.length >= 26 ? bytes.readUInt16LE(24) : 0;
  const codec = CODECS.get(tag);
  if (codec === undefined) throw unknownCodec(`WAV/0x${tag.toString(16)}`);
  const channels = bytes.readUInt16LE(2);
  const sampleRate = bytes.readUInt32LE(4);
  const blockBytes = bytes.readUInt16LE(12);
  const adpcmSamples = codec === 'adpcm' && bytes.length >= 20 ? bytes.readUInt16LE(18) : 0;
  if (channels === 0 || sampleRate === 0 || blockBytes < channels / 2) throw damaged();
  if (codec === 'adpcm' && adpcmSamples === 0) throw damaged();
  return { codec, channels, sampleRate, blockBytes, blockSamples: codec === 'adpcm' ? adpcmSamples : 1 };
}
