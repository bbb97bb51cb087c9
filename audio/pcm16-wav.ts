/** RIFF WAVE, 16-bit PCM, with what browsers have too. Source: http://soundfile.sapp.org/doc/WaveFormat/ */

const HEADER_BYTES = 44;

/** Samples in [-1, 1] as signed 16-bit; what lies outside is clipped. */
export function floatToPcm16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const pcm = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const clipped = Math.max(-1, Math.min(1, samples[i] ?? 0));
    pcm[i] = Math.round(clipped * (clipped < 0 ? 0x8000 : 0x7fff));
  }
  return pcm;
}

/** The 44 bytes before mono 16-bit samples. `dataBytes` is 0xFFFFFFFF for a stream whose length is not known. */
export function wavHeaderBytes(sampleRate: number, dataBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const write = (text: string, at: number): void =>
    Array.from(text).forEach((char, i) => view.setUint8(at + i, char.charCodeAt(0)));
  write('RIFF', 0);
  view.setUint32(4, Math.min(0xffffffff, dataBytes + HEADER_BYTES - 8), true);
  write('WAVEfmt ', 8);
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write('data', 36);
  view.setUint32(40, dataBytes, true);
  return bytes;
}
