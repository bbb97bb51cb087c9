import { describe, expect, it } from '@jest/globals';
import { ProgressThrottle, type ProgressEvent } from './progress-events.ts';

function throttle(): { at: (ms: number, share: number, waiting?: boolean) => void; told: ProgressEvent[] } {
  const told: ProgressEvent[] = [];
  let now = 0;
  const progress = new ProgressThrottle(
    (event) => told.push(event),
    () => now,
  );
  return {
    told,
    at: (ms, share, waiting = false) => {
      now = ms;
      progress.report({ share, waiting });
    },
  };
}

describe('ProgressThrottle', () => {
  it('tells at most one event a second', () => {
    const { at, told } = throttle();
    for (let ms = 0; ms <= 3_000; ms += 50) at(ms, ms / 3_000);
    expect(told).toHaveLength(4);
  });

  it('tells nothing twice', () => {
    const { at, told } = throttle();
    for (let ms = 0; ms <= 10_000; ms += 1_000) at(ms, 0.101 + ms / 10_000_000);
    expect(told).toEqual([{ progress: 0.101, message: 'Transcribing: 10 % done.' }]);
  });

  it('tells that the recogniser is waited for', () => {
    const { at, told } = throttle();
    at(0, 0.5);
    at(1_000, 0.5, true);
    expect(told.at(-1)?.message).toContain('Waiting');
  });

  it('leaves the last step to whoever stores the transcript', () => {
    const { at, told } = throttle();
    at(0, 1);
    expect(told[0]?.progress).toBe(0.99);
  });
});
