/** What is used of Sonic's WebAssembly build. Source: sonic.h, https://github.com/waywardgeek/sonic */
declare module '@echogarden/sonic-wasm' {
  /** Addresses are byte offsets into the module's memory. */
  export interface SonicModule {
    /** A new view after the memory has grown: read it from here each time. */
    readonly HEAPF32: Float32Array;
    _malloc: (bytes: number) => number;
    _free: (address: number) => void;
    _sonicCreateStream: (sampleRate: number, channels: number) => number;
    _sonicDestroyStream: (stream: number) => void;
    _sonicSetSpeed: (stream: number, speed: number) => void;
    _sonicWriteFloatToStream: (stream: number, samples: number, count: number) => number;
    /** How many samples were written to `samples`: at most `max`, 0 where none is ready. */
    _sonicReadFloatFromStream: (stream: number, samples: number, max: number) => number;
    _sonicFlushStream: (stream: number) => number;
  }
  export default function createSonic(options: { wasmBinary: Uint8Array }): Promise<SonicModule>;
}
