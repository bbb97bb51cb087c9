/** Progress on stderr: one live line on a terminal; elsewhere a line for each step, and for each quarter of it. */

export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write: (text: string) => unknown;
}

const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[2K';

export class Progress {
  readonly #stream: ProgressStream;
  #lastLine = '';
  #isLive = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  /** What is going on now. @param share done, 0 to 1, where it is known */
  step(what: string, share?: number): void {
    if (this.#stream.isTTY === true) {
      this.#live(share === undefined ? what : `${what} ${percent(share)}`);
      return;
    }
    const quarter = share === undefined ? undefined : Math.floor(share * 4) / 4;
    const line = quarter === undefined ? what : `${what} ${percent(quarter)}`;
    if (line !== this.#lastLine) this.#stream.write(`${line}\n`);
    this.#lastLine = line;
  }

  /** What only a terminal shows, and only until the next word: its end, where it is too long. */
  growing(text: string): void {
    if (this.#stream.isTTY === true) this.#live(text);
  }

  /** Something that stays. */
  line(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#isLive) this.#stream.write(CLEAR_LINE);
    this.#isLive = false;
  }

  #live(text: string): void {
    const width = (this.#stream.columns ?? DEFAULT_COLUMNS) - 1;
    const flat = printable(text);
    this.#stream.write(CLEAR_LINE + (flat.length > width ? `…${flat.slice(1 - width)}` : flat));
    this.#isLive = true;
  }
}

/** Without what would move the cursor: answers and titles are not ours. */
export const printable = (text: string): string => text.replace(/\p{C}+/gu, ' ');

const percent = (share: number): string => `${Math.floor(Math.max(0, Math.min(1, share)) * 100)} %`;
