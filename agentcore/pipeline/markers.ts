/**
 * Takes the `[n]` markers out of a streamed answer. They are never shown or spoken: the text passes on without them,
 * the segment numbers become citations.
 */

/** `[3]`, `[3, 4]`, `[3-5]`, `[3][4]`: what may stand between the brackets. */
const INSIDE = /^[\d\s,;–-]*$/u;
const MAX_MARKER_CHARS = 40;
const MAX_RANGE = 10;

export interface Filtered {
  text: string;
  /** Segment numbers, 1-based, as the model wrote them: they may not exist. */
  markers: number[];
}

/** A stateful filter for one answer. Holds back only what may become a marker, and white space before one. */
export class MarkerFilter {
  #held = '';

  push(delta: string): Filtered {
    this.#held += delta;
    return this.#take(false);
  }

  flush(): Filtered {
    return this.#take(true);
  }

  #take(ended: boolean): Filtered {
    let text = '';
    const markers: number[] = [];
    let rest = this.#held;
    for (;;) {
      const open = rest.indexOf('[');
      if (open === -1) break;
      const close = rest.indexOf(']', open);
      const inside = rest.slice(open + 1, close === -1 ? undefined : close);
      if (!INSIDE.test(inside) || inside.length > MAX_MARKER_CHARS) {
        text += rest.slice(0, open + 1);
        rest = rest.slice(open + 1);
      } else if (close === -1) {
        // The marker has not ended yet: it and the space before it wait.
        const before = rest.slice(0, open);
        const kept = ended ? rest : before.trimEnd();
        this.#held = rest.slice(kept.length);
        return { text: text + kept, markers };
      } else {
        text += rest.slice(0, open).trimEnd();
        markers.push(...segmentNumbers(inside));
        rest = rest.slice(close + 1);
      }
    }
    // Space at the end may stand before a marker.
    const kept = rest.trimEnd();
    this.#held = ended ? '' : rest.slice(kept.length);
    return { text: text + kept, markers };
  }
}

function segmentNumbers(inside: string): number[] {
  return inside.split(/[,;\s]+/u).flatMap((part) => {
    const [from, to] = part.split(/[–-]/u).map(Number);
    if (from === undefined || !Number.isSafeInteger(from) || from < 1) return [];
    if (to === undefined) return [from];
    if (!Number.isSafeInteger(to) || to < from || to - from > MAX_RANGE) return [from];
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
