/** What stands behind the HTTP surface: the real ears and mind, or a script. Knows nothing of HTTP. */

export interface ChatTurn {
  role: 'system' | 'user' | 'assistant';
  text: string;
}

export interface GenerationRequest {
  turns: readonly ChatTurn[];
  /** Recordings in the order of the prompt: 16 kHz mono, at most 300 s each. */
  clips: readonly Float32Array[];
  /** When the request arrived, on the clock of `performance.now()`. */
  arrivedAt: number;
}

export interface Engine {
  /** Before anything is replied. @throws HttpError where the request cannot be taken on */
  admit?: (request: GenerationRequest, signal: AbortSignal) => Promise<void>;
  /** The reply, token by token. Ends early, with an AbortError, when `signal` is aborted. */
  generate: (request: GenerationRequest, signal: AbortSignal) => AsyncIterable<string>;
  /** What it is made of, for `/v1/models`. */
  readonly root: string;
  healthy: () => boolean;
  close: () => Promise<void>;
}

/** Text as pieces of about the size of a language model's tokens: joined, they are the text again. */
export function splitTokens(text: string): string[] {
  return text.match(/\s*(?:[\p{L}\p{N}'’]{1,7}|[^\s\p{L}\p{N}]{1,3})|\s+/gu) ?? [];
}
