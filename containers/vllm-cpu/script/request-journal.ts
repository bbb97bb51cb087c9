/** Which requests came in scripted mode, and how each ended: what `GET /stub/requests` tells to tests. */

export type RequestState = 'running' | 'finished' | 'failed' | 'aborted';

export interface JournalEntry {
  /** Counts from 0. */
  index: number;
  stage: 'asr' | 'answer';
  state: RequestState;
  /** Epoch milliseconds. */
  startedAt: number;
  /** Epoch milliseconds; `aborted` means that the client left then. */
  endedAt: number | null;
  tokensSent: number;
  /** The messages' text, audio left out. */
  messages: { role: string; text: string }[];
  audioSeconds: number[];
}

const KEPT = 500;

export class RequestJournal {
  #entries: JournalEntry[] = [];
  #count = 0;

  begin(entry: Pick<JournalEntry, 'stage' | 'messages' | 'audioSeconds'>): JournalEntry {
    const begun: JournalEntry = {
      index: this.#count++,
      state: 'running',
      startedAt: Date.now(),
      endedAt: null,
      tokensSent: 0,
      ...entry,
    };
    this.#entries.push(begun);
    this.#entries = this.#entries.slice(-KEPT);
    return begun;
  }

  end(entry: JournalEntry, state: Exclude<RequestState, 'running'>): void {
    if (entry.state !== 'running') return;
    entry.state = state;
    entry.endedAt = Date.now();
  }

  clear(): void {
    this.#entries = [];
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }
}
