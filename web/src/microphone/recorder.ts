/** One recording from the microphone: 16 kHz mono WAV, made in an AudioWorklet, so that nothing has to be transcoded. */
import { wavHeaderBytes } from '../../../audio/pcm16-wav.ts';
import { QUESTION_RATE } from './question-capture.ts';
import type { RecorderMessage } from './recorder-worklet.ts';
import workletUrl from './recorder-worklet.ts?worker&url';

export interface Recording {
  /** Ends it. @returns the WAV, and how long it is */
  finish: () => Promise<{ wav: Uint8Array<ArrayBuffer>; seconds: number }>;
  discard: () => void;
}

/** As it is, but for the loudness: recognizers know speech with noise better than what a filter leaves of it. */
const MICROPHONE: MediaStreamConstraints = {
  audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: true },
};

/**
 * Resolves once the microphone is heard.
 * @param onLevel how loud it is, 0 to 1, ten times a second
 * @throws DOMException as `getUserMedia` does
 */
export async function startRecording(onLevel: (level: number) => void, stop: AbortSignal): Promise<Recording> {
  const context = new AudioContext();
  const opening = navigator.mediaDevices.getUserMedia(MICROPHONE);
  const close = (): void => {
    opening.then((stream) => stream.getTracks().forEach((track) => track.stop())).catch(() => undefined);
    if (context.state !== 'closed') void context.close();
  };
  try {
    // At the same time: no word is lost between the two.
    const [stream] = await Promise.all([opening, context.audioWorklet.addModule(workletUrl)]);
    stop.throwIfAborted();
    const source = context.createMediaStreamSource(stream);
    const node = new AudioWorkletNode(context, 'synapscribe-recorder', { numberOfOutputs: 0 });
    const blocks: Int16Array<ArrayBuffer>[] = [];
    let end: () => void = () => undefined;
    const whole = new Promise<void>((resolve) => (end = resolve));
    const heard = new Promise<void>((resolve) => {
      node.port.onmessage = ({ data }: MessageEvent<RecorderMessage>) => {
        blocks.push(data.pcm);
        onLevel(data.level);
        resolve();
        if (data.last) end();
      };
    });
    source.connect(node);
    await context.resume();
    await heard;
    stop.throwIfAborted();
    return {
      finish: async () => {
        node.port.postMessage('finish');
        await whole;
        close();
        return asWav(blocks);
      },
      discard: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function asWav(blocks: readonly Int16Array<ArrayBuffer>[]): { wav: Uint8Array<ArrayBuffer>; seconds: number } {
  const samples = blocks.reduce((sum, { length }) => sum + length, 0);
  const header = wavHeaderBytes(QUESTION_RATE, samples * 2);
  const wav = new Uint8Array(header.length + samples * 2);
  wav.set(header);
  let at = header.length;
  for (const { buffer } of blocks) {
    wav.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return { wav, seconds: samples / QUESTION_RATE };
}
