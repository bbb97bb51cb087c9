/** Speaks an answer from its first clause on, piece by piece without a gap, until it ends or is interrupted. */
import { signal, type ReadonlySignal } from '@preact/signals';
import { withoutCodecSilence } from './codec-silence.ts';
import { mpegSampleRate } from './mpeg-rate.ts';
import { PlaybackSchedule } from './playback-schedule.ts';

interface Speaking {
  queryId: string;
  schedule: PlaybackSchedule;
  sources: Set<AudioBufferSourceNode>;
  /** Pieces that are not decoded yet, in order. */
  decoding: Promise<void>;
  /** All pieces have come. */
  isWhole: boolean;
}

export class SpeechPlayer {
  readonly #speaking = signal<string | undefined>(undefined);
  #context: AudioContext | undefined;
  #now: Speaking | undefined;

  /** The query whose answer sounds. */
  get speaking(): ReadonlySignal<string | undefined> {
    return this.#speaking;
  }

  /** To be called as a key or a button is pressed: a browser lets a page sound only after that. */
  unlock(): void {
    this.#context ??= new AudioContext({ latencyHint: 'interactive' });
    if (this.#context.state === 'suspended') void this.#context.resume();
  }

  /** Whatever was spoken before ends. */
  begin(queryId: string): void {
    this.stop();
    const schedule = new PlaybackSchedule();
    this.#now = { queryId, schedule, sources: new Set(), decoding: Promise.resolve(), isWhole: false };
  }

  /** The next piece, an MP3; of an answer that is not spoken any more it is dropped. */
  add(queryId: string, mp3: Uint8Array<ArrayBuffer>): void {
    const now = this.#now;
    const context = this.#context;
    if (now?.queryId !== queryId || context === undefined) return;
    const codecRate = mpegSampleRate(mp3);
    const decoded = context.decodeAudioData(mp3.buffer);
    // Pieces are decoded at the same time, and scheduled in order.
    decoded.catch(() => undefined);
    now.decoding = now.decoding.then(async () => {
      // A piece that cannot be decoded is left out: the text has it.
      const buffer = await decoded.catch(() => undefined);
      if (buffer !== undefined && now === this.#now) this.#schedule(context, now, buffer, codecRate);
    });
  }

  /** No more pieces come. */
  finish(queryId: string): void {
    const now = this.#now;
    if (now?.queryId !== queryId) return;
    void now.decoding.then(() => {
      now.isWhole = true;
      this.#endIfSilent(now);
    });
  }

  /** A whole answer that is kept. @returns whether it could be had */
  async play(queryId: string, url: string): Promise<boolean> {
    this.begin(queryId);
    this.#speaking.value = queryId;
    try {
      const response = await fetch(url, { credentials: 'omit' });
      if (!response.ok) throw new Error(`the answer's speech: ${response.status}`);
      this.add(queryId, new Uint8Array(await response.arrayBuffer()));
      this.finish(queryId);
      return true;
    } catch {
      if (this.#now?.queryId === queryId) this.stop();
      return false;
    }
  }

  /** Silence, at once. */
  stop(): void {
    const now = this.#now;
    this.#now = undefined;
    this.#speaking.value = undefined;
    for (const source of now?.sources ?? []) source.stop();
  }

  #schedule(context: AudioContext, now: Speaking, buffer: AudioBuffer, codecRate: number): void {
    const { start, end } = withoutCodecSilence(buffer.getChannelData(0), codecRate, buffer.sampleRate);
    const duration = (end - start) / buffer.sampleRate;
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.addEventListener('ended', () => {
      now.sources.delete(source);
      this.#endIfSilent(now);
    });
    now.sources.add(source);
    source.start(now.schedule.next(context.currentTime, duration), start / buffer.sampleRate, duration);
    this.#speaking.value = now.queryId;
  }

  #endIfSilent(now: Speaking): void {
    if (now !== this.#now || now.sources.size > 0 || !now.isWhole) return;
    this.#now = undefined;
    this.#speaking.value = undefined;
  }
}
