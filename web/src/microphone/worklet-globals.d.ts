/** What an AudioWorklet's scope has, which lib.dom lacks. https://webaudio.github.io/web-audio-api/#AudioWorkletGlobalScope */
declare const sampleRate: number;

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare function registerProcessor(
  name: string,
  processor: new () => AudioWorkletProcessor & { process(inputs: Float32Array[][]): boolean },
): void;
