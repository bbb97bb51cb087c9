/**
 * The Flite program in WebAssembly, one sentence a run. It reads and writes memory only: a fresh instance with a
 * folder of its own, no file system, no environment. Source of the options: `flite --help` (2.3-current).
 */
import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim';

export const FLITE_VOICES = ['slt', 'rms', 'awb', 'kal16'] as const;
export type FliteVoice = (typeof FLITE_VOICES)[number];

export function isFliteVoice(voice: string): voice is FliteVoice {
  return FLITE_VOICES.some((known) => known === voice);
}

export interface FliteJob {
  /** Printable ASCII, as `normalizeForFlite` makes it. */
  text: string;
  voice: FliteVoice;
  /** Of every sound's duration: 2 speaks half as fast, at the same pitch. */
  stretch: number;
}

export interface FliteSpeech {
  samples: Float32Array;
  sampleRate: number;
}

const OUTPUT = 'speech.wav';
const MAX_LOGGED_LINES = 20;

/** A Flite process about to start. Making one takes 10 ms of the 40 ms that a clause takes, so it is made ahead. */
export class FliteProcess {
  readonly #folder = new PreopenDirectory('/', new Map());
  readonly #wasi: WASI;
  readonly #instance: WebAssembly.Instance;
  readonly #printed: string[] = [];

  constructor(module: WebAssembly.Module) {
    const print = (): ConsoleStdout =>
      ConsoleStdout.lineBuffered((line) => {
        if (this.#printed.length < MAX_LOGGED_LINES) this.#printed.push(line);
      });
    this.#wasi = new WASI([], [], [new OpenFile(new File([])), print(), print(), this.#folder], { debug: false });
    this.#instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: this.#wasi.wasiImport });
  }

  /**
   * Speaks, once. Blocks its thread: about 20 ms for each second of speech.
   * @throws Error where Flite fails or writes no sound
   */
  run({ text, voice, stretch }: FliteJob): FliteSpeech {
    this.#wasi.args = ['flite', '-voice', voice];
    this.#wasi.args.push('--setf', `duration_stretch=${stretch.toFixed(3)}`, '-o', `/${OUTPUT}`, '-t', text);
    const { memory, _start: start } = this.#instance.exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof start !== 'function') {
      throw new Error('This WebAssembly file is not Flite.');
    }
    const code = this.#wasi.start({ exports: { memory, _start: () => void Reflect.apply(start, undefined, []) } });
    const file = this.#folder.dir.contents.get(OUTPUT);
    if (code !== 0 || !(file instanceof File)) {
      throw new Error(`Flite ended with ${code}: ${this.#printed.join(' ')}`);
    }
    return readFliteWav(file.data);
  }
}

/** Flite always writes 44 bytes of header, then mono 16-bit samples. */
function readFliteWav(wav: Uint8Array): FliteSpeech {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  if (wav.byteLength < 44 || view.getUint16(22, true) !== 1 || view.getUint16(34, true) !== 16) {
    throw new Error('Flite wrote no mono 16-bit WAV.');
  }
  const samples = new Float32Array((wav.byteLength - 44) >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(44 + i * 2, true) / 0x8000;
  return { samples, sampleRate: view.getUint32(24, true) };
}
