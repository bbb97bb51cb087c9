/** The engines that the pipeline needs, as small interfaces: ears, mind and voice. */
import type { ChatMessage } from '../pipeline/prompt.ts';

export interface EngineOptions {
  signal: AbortSignal;
}

export interface SpeechOptions extends EngineOptions {
  /** A BCP 47 tag. The engine finds out by itself, or takes its own, where it is not told. */
  language?: string | undefined;
}

/** Speech to text. */
export interface Recognizer {
  /**
   * Transcribes 16 kHz mono samples in [-1, 1], at most 240 s of them.
   * @returns the words, or '' where there are none
   * @throws SynapscribeError llm_unavailable, overloaded; unsupported_audio where it does not know the language
   */
  transcribe(samples: Float32Array, options: SpeechOptions): Promise<string>;
}

/** The language model. */
export interface Answerer {
  /**
   * Streams an answer's text as it is written.
   * @throws SynapscribeError llm_unavailable, overloaded; ContextOverflowError
   */
  answer(messages: readonly ChatMessage[], options: EngineOptions): AsyncIterable<string>;
}

/** Text to speech. */
export interface Speaker {
  /** Media type of what `speak` gives. */
  readonly mime: string;
  /**
   * Speaks one piece, streamed as it is made.
   * @throws SynapscribeError tts_unavailable, overloaded
   */
  speak(text: string, options: SpeechOptions): AsyncIterable<Uint8Array>;
}
