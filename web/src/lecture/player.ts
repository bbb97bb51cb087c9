/** Plays a lecture's recording: at a place, from a sentence, beside the transcript that follows it. */
import { signal, type ReadonlySignal } from '@preact/signals';

export interface Recording {
  url: string;
  /** The length that was heard; a browser knows its own once it has looked. */
  durationSeconds: number;
}

/** How often the time is told while it plays, in milliseconds. */
const TICK_MS = 100;

export class Player {
  readonly #audio = new Audio();
  readonly #time = signal(0);
  readonly #playing = signal(false);
  readonly #failed = signal(false);
  #ticking: number | undefined;
  #duration = 0;
  #reload: () => Promise<Recording>;

  /** @param reload gives a link that works: links end within the hour */
  constructor(reload: () => Promise<Recording>) {
    this.#reload = reload;
    this.#audio.preload = 'metadata';
    this.#audio.addEventListener('play', () => this.#setPlaying(true));
    this.#audio.addEventListener('pause', () => this.#setPlaying(false));
    this.#audio.addEventListener('timeupdate', () => this.#tick());
    this.#audio.addEventListener('seeked', () => this.#tick());
  }

  /** In seconds. */
  get time(): ReadonlySignal<number> {
    return this.#time;
  }

  get playing(): ReadonlySignal<boolean> {
    return this.#playing;
  }

  /** The recording cannot be had at the moment. */
  get failed(): ReadonlySignal<boolean> {
    return this.#failed;
  }

  use({ url, durationSeconds }: Recording): void {
    this.#duration = durationSeconds;
    this.#audio.src = url;
  }

  async play(): Promise<void> {
    this.#failed.value = false;
    const at = this.#time.peek();
    try {
      await this.#audio.play();
    } catch (error) {
      // Another press came between.
      if (error instanceof DOMException && error.name === 'AbortError') return;
      await this.#playAnew(at);
    }
  }

  pause(): void {
    this.#audio.pause();
  }

  /** @param seconds from the recording's start; what lies outside is brought inside */
  seek(seconds: number): void {
    const at = Math.max(0, Math.min(seconds, Math.max(0, this.#duration - 0.05)));
    this.#audio.currentTime = at;
    this.#time.value = at;
  }

  async playFrom(seconds: number): Promise<void> {
    this.seek(seconds);
    await this.play();
  }

  close(): void {
    this.pause();
    clearInterval(this.#ticking);
    this.#audio.removeAttribute('src');
    this.#audio.load();
  }

  async #playAnew(at: number): Promise<void> {
    try {
      this.use(await this.#reload());
      this.seek(at);
      await this.#audio.play();
    } catch {
      this.#failed.value = true;
    }
  }

  #setPlaying(playing: boolean): void {
    this.#playing.value = playing;
    clearInterval(this.#ticking);
    if (playing) this.#ticking = window.setInterval(() => this.#tick(), TICK_MS);
    else this.#tick();
  }

  #tick(): void {
    this.#time.value = this.#audio.currentTime;
  }
}
