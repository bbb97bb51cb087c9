/**
 * What the page plays, recorded on its way to the loudspeaker, and when each piece of it is to sound. Runs in the page
 * before anything of its own, and is all that tests put into it.
 */
import type { Page } from 'playwright-core';

interface Tap {
  /** Of every `AudioBufferSourceNode.start`: when it was called, when it is to begin, and for how long; in seconds. */
  starts: { calledAt: number; when: number; duration: number }[];
  sounding: Set<AudioBufferSourceNode>;
  recorder: MediaRecorder | undefined;
  chunks: Blob[];
}

declare global {
  interface Window {
    audioTap: Tap;
  }
}

/** Given to `addInitScript`: it may use nothing from outside of itself. */
export function tapAudio(): void {
  const tap: Tap = { starts: [], sounding: new Set(), recorder: undefined, chunks: [] };
  window.audioTap = tap;
  const mixers = new WeakMap<BaseAudioContext, MediaStreamAudioDestinationNode>();
  const prototype = AudioNode.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its node below
  const connect = prototype.connect as (this: AudioNode, to: AudioNode, ...rest: number[]) => AudioNode;
  prototype.connect = function (this: AudioNode, to: AudioNode, ...rest: number[]): AudioNode {
    const { context } = this;
    if (to === context.destination && context instanceof AudioContext) {
      let mixer = mixers.get(context);
      if (mixer === undefined) {
        mixer = context.createMediaStreamDestination();
        mixers.set(context, mixer);
        const recorder = new MediaRecorder(mixer.stream, { mimeType: 'audio/webm;codecs=opus' });
        recorder.addEventListener('dataavailable', ({ data }) => tap.chunks.push(data));
        recorder.start(100);
        tap.recorder = recorder;
      }
      connect.call(this, mixer);
    }
    return connect.call(this, to, ...rest);
  } as typeof prototype.connect;

  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its node below
  const { start } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (when = 0, offset = 0, duration?: number): void {
    tap.starts.push({ calledAt: this.context.currentTime, when, duration: duration ?? NaN });
    tap.sounding.add(this);
    this.addEventListener('ended', () => tap.sounding.delete(this));
    start.call(this, when, offset, duration);
  };
}

/** All that has been played so far, as a WebM file. */
export async function heardFrom(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const { recorder, chunks } = window.audioTap;
    if (recorder === undefined) return '';
    if (recorder.state !== 'inactive') {
      const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
      recorder.stop();
      await stopped;
    }
    const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
  return Buffer.from(base64, 'base64');
}

export const playedPieces = async (page: Page): Promise<Tap['starts']> =>
  await page.evaluate(() => window.audioTap.starts);

/** Until nothing of an answer sounds any more, after something has. */
export async function untilSilent(page: Page): Promise<void> {
  await page.waitForFunction(() => window.audioTap.starts.length > 0 && window.audioTap.sounding.size === 0);
}

/** Until an answer is heard. */
export async function untilSounding(page: Page): Promise<void> {
  await page.waitForFunction(() => window.audioTap.sounding.size > 0);
}
