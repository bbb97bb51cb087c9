/** What a speech engine is: a name, the voices it has, and text in, audio out while it is being made. */

/** Every engine's samples: 24 kHz, mono, in [-1, 1]. It is also the rate of `pcm` in OpenAI's API. */
export const SAMPLE_RATE = 24_000;

/** A piece of one answer's audio: samples at `SAMPLE_RATE`, or whole MP3 frames that may be joined as they are. */
export type AudioChunk = { encoding: 'pcm'; samples: Float32Array } | { encoding: 'mp3'; bytes: Buffer };

export interface SpeechVoice {
  id: string;
  /** For a person. */
  name: string;
  /** IETF tag, as gTTS writes it. */
  language: string;
}

export interface SpeechRequest {
  text: string;
  /** One of the engine's own ids. */
  voice: string;
  language: string;
  /** Google's top-level domain, which gives a language its accent. */
  tld: string;
  /** 0.25 … 4, 1 as spoken. An engine whose `changesSpeed` is false leaves it to the caller. */
  speed: number;
  /** gTTS's slow reading. An engine whose `knowsSlow` is false leaves it to the caller. */
  slow: boolean;
  /** Another engine stands by: better to give up at the first failure than to keep the listener waiting. */
  hasFallback: boolean;
  signal: AbortSignal;
}

/** `closed` the engine is asked · `open` it is not, for a while · `half_open` one probe finds out whether it is back. */
export type BreakerState = 'closed' | 'open' | 'half_open';

export interface SpeechEngine {
  readonly name: string;
  readonly voices: readonly SpeechVoice[];
  /** Whether `speed` is honoured by the engine itself. */
  readonly changesSpeed: boolean;
  /** Whether `slow` is honoured by the engine itself. */
  readonly knowsSlow: boolean;
  /** False while asking it would be in vain, a breaker being open for one. */
  isAvailable: () => boolean;
  /** Where the engine has a breaker. */
  readonly breaker?: BreakerState;
  /**
   * Speaks. Ending without any audio counts as a failure.
   * @throws SpeechError where it cannot, or the signal's reason
   */
  speak: (request: SpeechRequest) => AsyncIterable<AudioChunk>;
  stop: () => Promise<void>;
}

/** Why an engine could not speak: `unspeakable` is the text's fault and stays so, `unavailable` may pass. */
export type SpeechFailure = 'unspeakable' | 'unavailable';

export class SpeechError extends Error {
  override name = 'SpeechError';
  readonly failure: SpeechFailure;

  constructor(failure: SpeechFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
