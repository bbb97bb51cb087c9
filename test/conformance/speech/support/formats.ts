/** OpenAI's audio formats, and how each states its sample rate. */
import decode from 'audio-decode';
import { PCM_RATE, Sound } from './sound.ts';

interface Format {
  name: string;
  contentType: string;
  /** What a decoder is to give, in Hz. Opus is always at 48 kHz. */
  sampleRate: number;
}

export const FORMATS: readonly Format[] = [
  { name: 'mp3', contentType: 'audio/mpeg', sampleRate: 24_000 },
  { name: 'opus', contentType: 'audio/opus', sampleRate: 48_000 },
  { name: 'aac', contentType: 'audio/aac', sampleRate: 24_000 },
  { name: 'flac', contentType: 'audio/flac', sampleRate: 24_000 },
  { name: 'wav', contentType: 'audio/wav', sampleRate: 24_000 },
  { name: 'pcm', contentType: 'audio/pcm', sampleRate: PCM_RATE },
];

export function soundOf(format: string, file: Buffer): Promise<Sound> {
  return format === 'pcm' ? Sound.ofPcm(file) : Sound.of(file);
}

/** Hz: as a decoder finds it, or as the header says where decoders make another of it. */
export async function sampleRateOf(format: string, file: Buffer): Promise<number> {
  switch (format) {
    case 'pcm':
      return PCM_RATE;
    case 'wav':
      return file.readUInt32LE(24);
    case 'aac':
      // A decoder doubles what is 24 kHz or less, since a second band might follow (SBR).
      return ADTS_RATES[(file.readUInt8(2) >> 2) & 15] ?? 0;
    default:
      return (await decode(file)).sampleRate;
  }
}

/** By index. Source: ISO/IEC 14496-3, table 1.18. */
const ADTS_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000];
