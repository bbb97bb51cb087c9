/** A query's events in the order of their `seq`: `accepted`, seq 0, comes by another way and may be overtaken. */

interface Sequenced {
  seq?: number | undefined;
}

export class EventSequence<T extends Sequenced> {
  readonly #early = new Map<number, T>();
  #next = 0;

  /** @returns the events that may be looked at now, in order; what comes twice is dropped */
  add(event: T): T[] {
    // The gateway's own refusal has no number: there is nothing to wait for.
    if (event.seq === undefined) return [event];
    if (event.seq >= this.#next) this.#early.set(event.seq, event);
    const ready: T[] = [];
    for (let next = this.#early.get(this.#next); next !== undefined; next = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      ready.push(next);
    }
    return ready;
  }

  /** Events that wait for an earlier one. */
  get waiting(): number {
    return this.#early.size;
  }
}
