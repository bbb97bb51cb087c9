/** Runs on the audio thread: resamples what the microphone hears, and posts it in blocks until it is told to finish. */
import { QuestionCapture, type CapturedBlock } from './question-capture.ts';

/** `last` ends the recording. */
export type RecorderMessage = CapturedBlock & { last: boolean };

class RecorderProcessor extends AudioWorkletProcessor {
  readonly #capture = new QuestionCapture(sampleRate);
  #finished = false;

  constructor() {
    super();
    this.port.onmessage = () => {
      if (this.#finished) return;
      this.#finished = true;
      this.#post(this.#capture.finish(), true);
    };
  }

  process([channels = []]: Float32Array[][]): boolean {
    if (this.#finished) return false;
    const block = this.#capture.add(channels);
    if (block !== undefined) this.#post(block, false);
    return true;
  }

  #post(block: CapturedBlock, last: boolean): void {
    const message: RecorderMessage = { ...block, last };
    this.port.postMessage(message, [block.pcm.buffer]);
  }
}

registerProcessor('synapscribe-recorder', RecorderProcessor);
