import type { SpeechEngine } from '../engine.ts';
export class GoogleEngine implements SpeechEngine {
  readonly name = 'google';
  readonly voices = [];
  readonly changesSpeed = false;
  constructor(_o: unknown) {}
  isAvailable() {
    return false;
  }
  async *speak(): AsyncGenerator<never> {
    throw new Error('not yet');
  }
  async stop() {}
}
