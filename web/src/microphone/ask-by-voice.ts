/** From the press of the button to the question's recording: what the microphone does meanwhile, and why it does not. */
import { signal, type ReadonlySignal } from '@preact/signals';
import { microphoneProblem, type MicrophoneProblem } from './microphone-problem.ts';
import { PressToAsk } from './press-to-ask.ts';
import { startRecording, type Recording } from './recorder.ts';

export type VoiceState = 'idle' | 'opening' | 'recording';

export interface AskByVoiceEvents {
  /** The button was pressed: whatever sounds is to end. */
  onPress: () => void;
  onQuestion: (wav: Uint8Array<ArrayBuffer>) => void;
}

/** The server takes a question of 60 s. */
const MAX_SECONDS = 58;
/** Nothing is said in less. */
const MIN_SECONDS = 0.4;

export class AskByVoice {
  readonly #events: AskByVoiceEvents;
  readonly #press = new PressToAsk();
  readonly #state = signal<VoiceState>('idle');
  readonly #level = signal(0);
  readonly #problem = signal<MicrophoneProblem | undefined>(undefined);
  readonly #hint = signal<string | undefined>(undefined);
  #recording: Promise<Recording> | undefined;
  #stop = new AbortController();
  #limit: number | undefined;

  constructor(events: AskByVoiceEvents) {
    this.#events = events;
  }

  get state(): ReadonlySignal<VoiceState> {
    return this.#state;
  }

  /** How loud it is, 0 to 1. */
  get level(): ReadonlySignal<number> {
    return this.#level;
  }

  get problem(): ReadonlySignal<MicrophoneProblem | undefined> {
    return this.#problem;
  }

  /** What was not quite right with the last try, as a sentence. */
  get hint(): ReadonlySignal<string | undefined> {
    return this.#hint;
  }

  press(): void {
    const action = this.#press.press(performance.now());
    if (action === 'start') this.#start();
    else void this.#send();
  }

  release(): void {
    if (this.#press.release(performance.now()) === 'send') void this.#send();
  }

  /** Throws away what was said. */
  discard(): void {
    this.#stop.abort(new Error('discarded'));
    void this.#recording?.then((recording) => recording.discard()).catch(() => undefined);
    this.#reset();
  }

  dismissProblem(): void {
    this.#problem.value = undefined;
  }

  #start(): void {
    this.#problem.value = undefined;
    this.#hint.value = undefined;
    this.#events.onPress();
    if (!hasMicrophoneApi()) {
      this.#problem.value = microphoneProblem(undefined);
      this.#press.reset();
      return;
    }
    const stop = new AbortController();
    this.#stop = stop;
    this.#state.value = 'opening';
    const opening = startRecording((level) => (this.#level.value = level), stop.signal);
    this.#recording = opening;
    opening.then(
      () => {
        if (opening !== this.#recording) return;
        this.#state.value = 'recording';
        this.#limit = window.setTimeout(() => void this.#send(), MAX_SECONDS * 1000);
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        if (opening === this.#recording) this.#reset();
        this.#problem.value = microphoneProblem(error);
      },
    );
  }

  async #send(): Promise<void> {
    const opening = this.#recording;
    if (opening === undefined) return;
    this.#reset();
    try {
      const { wav, seconds } = await (await opening).finish();
      if (seconds < MIN_SECONDS) this.#hint.value = 'That was too short. Hold the button while you speak.';
      else this.#events.onQuestion(wav);
    } catch {
      // Why it could not be opened has been told.
    }
  }

  #reset(): void {
    clearTimeout(this.#limit);
    this.#press.reset();
    this.#recording = undefined;
    this.#state.value = 'idle';
    this.#level.value = 0;
  }
}

/** Lacking where the page does not come over a secure connection, whatever the types say. */
const hasMicrophoneApi = (): boolean => 'mediaDevices' in navigator;
