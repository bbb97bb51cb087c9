/** Why Google gave no audio, and what follows from it. */
import { SpeechError } from '../engine.ts';

/**
 * `unreachable` DNS, connection, TLS · `timeout` · `blocked` 429, or a redirect to the page that says so · `status` any
 * other status · `cut` the body ended early · `malformed` not what Google sends · `no_audio` an envelope without audio.
 */
export type GoogleFailure = 'unreachable' | 'timeout' | 'blocked' | 'status' | 'cut' | 'malformed' | 'no_audio';

/** Failures that the next request would meet too, so that one of them is enough to stop asking for a while. */
const LASTING: ReadonlySet<GoogleFailure> = new Set(['unreachable', 'timeout', 'blocked']);
/** Failures that may be chance: asking once more is worth it. */
const PASSING: ReadonlySet<GoogleFailure> = new Set(['unreachable', 'timeout', 'status', 'cut']);

export class GoogleError extends SpeechError {
  override name = 'GoogleError';
  readonly kind: GoogleFailure;

  constructor(kind: GoogleFailure, message: string, options?: ErrorOptions) {
    super('unavailable', message, options);
    this.kind = kind;
  }

  get isLasting(): boolean {
    return LASTING.has(this.kind);
  }

  get isPassing(): boolean {
    return PASSING.has(this.kind);
  }
}
