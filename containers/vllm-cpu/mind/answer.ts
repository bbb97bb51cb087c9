/** Placeholder while the mind is being written. */
import type { ChatTurn } from '../engine.ts';

export function hasContext(turns: readonly ChatTurn[]): boolean {
  return turns.some(({ text }) => /^\[\d+\] .+$/m.test(text));
}
export function answer(_turns: readonly ChatTurn[]): string {
  return 'The lecture does not say.';
}
