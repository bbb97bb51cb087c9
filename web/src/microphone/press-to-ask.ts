/**
 * The one button: held, it records for as long as it is held; pressed shortly, it records until it is pressed again. So it
 * serves those who can hold, those who cannot, and those who press it by a screen reader.
 */

/** A shorter press is none that was held. */
export const HOLD_MS = 350;

export type PressAction = 'start' | 'send' | 'none';

export class PressToAsk {
  /** When the press began that started the recording; of none that is under way. */
  #pressedAt: number | undefined;
  #isRecording = false;

  /** @param now in milliseconds, of any clock */
  press(now: number): PressAction {
    if (this.#isRecording) {
      this.#isRecording = false;
      this.#pressedAt = undefined;
      return 'send';
    }
    this.#isRecording = true;
    this.#pressedAt = now;
    return 'start';
  }

  release(now: number): PressAction {
    const pressedAt = this.#pressedAt;
    this.#pressedAt = undefined;
    if (!this.#isRecording || pressedAt === undefined || now - pressedAt < HOLD_MS) return 'none';
    this.#isRecording = false;
    return 'send';
  }

  /** The recording has ended otherwise. */
  reset(): void {
    this.#isRecording = false;
    this.#pressedAt = undefined;
  }
}
