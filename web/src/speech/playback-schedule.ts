/** When each piece of an answer is to sound: each right after the one before it, the first as soon as may be. */

/** What the audio hardware needs to begin without a click, in seconds. */
const LEAD_SECONDS = 0.02;

export class PlaybackSchedule {
  #end = 0;

  /**
   * @param now of the audio clock, in seconds, as the duration
   * @returns when the piece begins: gapless where the one before it still sounds
   */
  next(now: number, duration: number): number {
    const start = Math.max(this.#end, now + LEAD_SECONDS);
    this.#end = start + duration;
    return start;
  }

  /** When all that was scheduled has sounded. */
  get end(): number {
    return this.#end;
  }
}
