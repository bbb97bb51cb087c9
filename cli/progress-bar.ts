/** A progress bar for a terminal; elsewhere a line each tenth, so that logs stay readable. */
import type { WriteStream } from 'node:tty';

const WIDTH = 30;

export class ProgressBar {
  readonly #label: string;
  readonly #stream: WriteStream | (NodeJS.WritableStream & { isTTY?: boolean });
  #lastTenth = -1;
  #drawn = false;

  constructor(label: string, stream: WriteStream | (NodeJS.WritableStream & { isTTY?: boolean }) = process.stderr) {
    this.#label = label;
    this.#stream = stream;
  }

  /** @param share done, 0 to 1 */
  update(share: number): void {
    const bounded = Math.max(0, Math.min(1, share));
    const percent = `${Math.floor(bounded * 100)} %`.padStart(5);
    if (this.#stream.isTTY === true) {
      const filled = Math.round(bounded * WIDTH);
      this.#stream.write(`\r${this.#label} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${percent}`);
      this.#drawn = true;
      return;
    }
    const tenth = Math.floor(bounded * 10);
    if (tenth === this.#lastTenth) return;
    this.#lastTenth = tenth;
    this.#stream.write(`${this.#label} ${percent.trim()}\n`);
  }

  /** Ends the bar's line. */
  end(): void {
    if (this.#drawn) this.#stream.write('\n');
    this.#drawn = false;
  }
}
