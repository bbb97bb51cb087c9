/** Where a reply ends: at a stop string, at `max_tokens`, or by itself. */

export type FinishReason = 'stop' | 'length';

export interface OutputDelta {
  /** May be empty while the start of a stop string is held back. */
  text: string;
  /** Tokens so far. */
  tokens: number;
  /** Set on the last delta, and only there. */
  finish?: { reason: FinishReason; stop: string | null };
}

/** Every token as a delta; the last one, which may be empty, carries how the reply ended. */
export async function* limitOutput(
  tokens: AsyncIterable<string>,
  { maxTokens, stop }: { maxTokens: number; stop: readonly string[] },
): AsyncGenerator<OutputDelta> {
  const holdBack = Math.max(0, ...stop.map((text) => text.length - 1));
  let held = '';
  let count = 0;
  for await (const token of tokens) {
    count++;
    held += token;
    const hit = firstStop(held, stop);
    if (hit !== undefined) {
      yield { text: held.slice(0, hit.at), tokens: count, finish: { reason: 'stop', stop: hit.text } };
      return;
    }
    if (count >= maxTokens) {
      yield { text: held, tokens: count, finish: { reason: 'length', stop: null } };
      return;
    }
    const ready = Math.max(0, held.length - holdBack);
    yield { text: held.slice(0, ready), tokens: count };
    held = held.slice(ready);
  }
  // The end-of-text token counts as one.
  yield { text: held, tokens: count + 1, finish: { reason: 'stop', stop: null } };
}

function firstStop(text: string, stop: readonly string[]): { at: number; text: string } | undefined {
  let first: { at: number; text: string } | undefined;
  for (const candidate of stop) {
    const at = text.indexOf(candidate);
    if (at >= 0 && (first === undefined || at < first.at)) first = { at, text: candidate };
  }
  return first;
}
