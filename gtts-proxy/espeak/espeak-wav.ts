/** The WAV that eSpeak NG streams: mono, 16 bits, of a length that its header does not know. */

const HEADER_BYTES = 44;

export interface EspeakSpeech {
  samples: Float32Array;
  /** 22,050 Hz with eSpeak's own voices, 16,000 with MBROLA's. */
  sampleRate: number;
}

/** @throws Error where it is no such WAV */
export function readEspeakWav(wav: Buffer): EspeakSpeech {
  const isWav = wav.length >= HEADER_BYTES && wav.toString('latin1', 36, 40) === 'data';
  if (!isWav || wav.readUInt16LE(22) !== 1 || wav.readUInt16LE(34) !== 16) {
    throw new Error('eSpeak NG wrote no mono 16-bit WAV.');
  }
  const samples = new Float32Array((wav.length - HEADER_BYTES) >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = wav.readInt16LE(HEADER_BYTES + i * 2) / 0x8000;
  return { samples, sampleRate: wav.readUInt32LE(24) };
}
